FROM alpine:3.20
COPY busybox:1 /b
