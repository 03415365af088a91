FROM alpine:3.20 AS a

FROM a
COPY --from=busybox:1 /a /b
