ARG T=3.20
FROM busybox:1
ARG T=9
FROM alpine:$T
