FROM alpine:3.20 Aſ base
FROM base
