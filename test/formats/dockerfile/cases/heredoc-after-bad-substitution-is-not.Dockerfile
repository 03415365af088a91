FROM alpine:3.20
RUN echo ${} <<EOF
FROM busybox:1
