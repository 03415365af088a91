ARG I=busybox:1
FROM alpine:3.20
COPY --from=$I /a /b
