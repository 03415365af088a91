FROM alpine:3.20
ONBUILD COPY --from=golang:1 <<EOF /x
FROM no:1
EOF
FROM busybox:1
