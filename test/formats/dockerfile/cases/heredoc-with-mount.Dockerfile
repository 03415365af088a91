FROM alpine:3.20
RUN --mount=from=golang:1,target=/x <<EOF
FROM no:1
EOF
