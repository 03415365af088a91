FROM alpine:3.20
RUN <<-EOF
  EOF
FROM no:1
EOF
