ARG V=a/b
FROM alpine:${V/\//-}
