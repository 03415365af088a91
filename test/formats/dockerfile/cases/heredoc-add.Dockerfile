FROM alpine:3.20
ADD <<EOF /x
FROM no:1
EOF
