FROM --platform=linux/amd64 linux
