FROM --PLATFORM=linux/amd64 alpine:3.20
