FROM alpine:3.20
COPY a--b --from=busybox:1 /b
