FROM alpine:3.20 is build
