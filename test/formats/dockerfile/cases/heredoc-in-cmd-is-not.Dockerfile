FROM alpine:3.20
CMD cat <<EOF
FROM busybox:1
