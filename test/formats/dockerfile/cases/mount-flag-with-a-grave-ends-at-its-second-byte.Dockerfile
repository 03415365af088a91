FROM alpine:3.20
RUN --mount=type=bind,target=/a,source=/à,from=golang:1.22 true
