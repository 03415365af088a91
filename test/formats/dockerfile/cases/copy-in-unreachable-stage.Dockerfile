FROM alpine:3.20 AS unused
COPY --from=busybox:1 /a /b
FROM scratch
