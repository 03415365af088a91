FROM alpine:RC1
