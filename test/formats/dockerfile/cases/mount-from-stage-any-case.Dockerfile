FROM alpine:3.20 AS build
FROM busybox:1
RUN --mount=from=BUILD,target=/a true
