ARG V=3.20.1
FROM alpine:${V%.*}
