ARG V=abc
FROM alpine:${V///x}
