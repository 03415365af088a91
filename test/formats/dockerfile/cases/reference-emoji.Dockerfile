FROM alpine:😀
