FROM alpine:3.20 AS a
RUN --mount=from=a,target=/a true
