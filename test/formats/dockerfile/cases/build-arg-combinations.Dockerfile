ARG V=9
ARG W=9
FROM node:$V-$W
FROM alpine:3.20
