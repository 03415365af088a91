# escape=`
FROM alpine:3.20
RUN dir C:\
FROM busybox:1
