FROM alpine:3.20
ENV T=1
FROM busybox:1$T
