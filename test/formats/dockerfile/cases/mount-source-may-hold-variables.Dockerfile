FROM alpine:3.20
ARG S=/x
RUN --mount=from=golang:1.22,source=$S,target=/a true
