FROM alpine:3.20
RUN cat << 	EOF > /x
FROM no:1
EOF
