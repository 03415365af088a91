# escape=`
FROM alpine:3.20
RUN cat <<EO`F
FROM no:1
EO`F
