FROM alpine:3.20
RUN --mount=from=late,target=/a true
FROM busybox:1 AS late
