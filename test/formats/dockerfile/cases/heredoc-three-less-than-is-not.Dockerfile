FROM alpine:3.20
RUN cat <<<EOF
FROM busybox:1
