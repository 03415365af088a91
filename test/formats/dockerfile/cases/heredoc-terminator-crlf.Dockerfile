FROM alpine:3.20
RUN <<EOF
FROM no:1
EOF
FROM busybox:1
