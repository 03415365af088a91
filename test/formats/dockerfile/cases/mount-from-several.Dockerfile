FROM alpine:3.20
RUN --mount=from=golang:1.22,target=/a --network=none --mount=from=node:20,target=/b true
