ARG P=linux/arm64
FROM --platform=$P alpine:3.20
