FROM alpine:3.20
RUN <<E"O"F
FROM no:1
EOF
