FROM alpine:3.2$10
