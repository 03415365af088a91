FROM alpine:3.20
ARG T=1
FROM busybox:1$T
