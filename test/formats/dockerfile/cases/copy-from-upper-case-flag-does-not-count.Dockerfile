FROM alpine:3.20
COPY --FROM=busybox:1 /a /b
