FROM alpine:3.20
COPY --from=late /a /b
FROM busybox:1 AS late
