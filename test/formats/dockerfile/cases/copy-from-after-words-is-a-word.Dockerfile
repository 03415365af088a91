FROM alpine:3.20
COPY a --from=busybox:1 /b
