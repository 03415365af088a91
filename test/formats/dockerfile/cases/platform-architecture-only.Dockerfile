FROM --platform=arm64 alpine:3.20
