FROM alpine:3.20 AS a
FROM alpine:3.20 AS b
COPY --from=a /a /b
FROM busybox:1 AS a
