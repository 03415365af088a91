FROM alpine:3.20
RUN true --mount=from=golang:1.22,target=/a
