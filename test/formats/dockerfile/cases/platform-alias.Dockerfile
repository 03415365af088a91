FROM --platform=linux/x86_64 alpine:3.20
