FROM alpine:3.20
COPY <<EOF /x
FROM no:1
EOF
