FROM alpine:3.20
RUN echo  FROM busybox:1
