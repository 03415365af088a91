FROM alpine:3.20
RUN --mount=TYPE=bind,FROM=golang:1.22,target=/a true
