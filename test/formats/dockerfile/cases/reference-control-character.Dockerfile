FROM alpine
