FROM alpine:3.20
RUN --mount='type=bind,fr"om"=golang:1.22,target=/a' true
