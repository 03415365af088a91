ARG V=abc
FROM alpine:${V/b/\/}x
