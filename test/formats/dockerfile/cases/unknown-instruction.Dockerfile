FROM alpine:3.20
FORM busybox:1
