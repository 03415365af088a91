FROM alpine:3.20
RUN echo it's <<EOF
FROM busybox:1
