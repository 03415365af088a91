FROM alpine:3.20
RUN cat << - EOF
FROM no:1
-
