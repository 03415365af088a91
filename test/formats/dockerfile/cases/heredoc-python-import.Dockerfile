FROM alpine:3.20
RUN <<EOF python3
from os import path
EOF
