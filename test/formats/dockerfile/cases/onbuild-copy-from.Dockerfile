FROM alpine:3.20
ONBUILD COPY --from=busybox:1 /a /b
