FROM alpine:3.20
FROM busybox:1
RUN --mount=from=0,target=/a true
