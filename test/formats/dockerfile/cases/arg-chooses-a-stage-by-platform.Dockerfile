FROM alpine:3.20 AS base-amd64
FROM busybox:1 AS base-arm64
FROM base-$TARGETARCH
