FROM alpine:3.20 AS busybox
FROM busybox
COPY --from=busybox /a /b
