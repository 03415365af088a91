FROM alpine:3.20
RUN echo ${#x} ${!y} <<EOF
FROM busybox:1
