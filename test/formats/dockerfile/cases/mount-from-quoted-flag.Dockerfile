FROM alpine:3.20
RUN --mount="type=bind,from=golang:1.22,target=/a b" true
