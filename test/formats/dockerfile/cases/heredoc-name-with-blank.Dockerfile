FROM alpine:3.20
RUN <<"E F"
FROM no:1
E F
