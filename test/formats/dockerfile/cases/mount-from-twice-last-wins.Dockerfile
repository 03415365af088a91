FROM alpine:3.20
RUN --mount=from=golang:1.22,from=node:20,target=/a true
