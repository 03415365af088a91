FROM alpine:3.20
ONBUILD RUN --mount=from=golang:1,target=/x true
