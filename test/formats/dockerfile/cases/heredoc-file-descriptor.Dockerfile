FROM alpine:3.20
RUN cat 3<<EOF
FROM no:1
EOF
