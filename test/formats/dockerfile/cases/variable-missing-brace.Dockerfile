FROM alpine:${T
