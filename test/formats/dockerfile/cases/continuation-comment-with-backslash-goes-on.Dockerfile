FROM alpine:3.20
RUN true \
# FROM no:1 \
&& true
FROM busybox:1
