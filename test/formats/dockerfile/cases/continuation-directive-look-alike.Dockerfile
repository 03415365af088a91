FROM alpine:3.20
RUN \
# escape=`
true \
&& true
FROM busybox:1
