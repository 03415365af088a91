FROM alpine:3.20
RUN ['echo'] <<EOF
FROM no:1
EOF
