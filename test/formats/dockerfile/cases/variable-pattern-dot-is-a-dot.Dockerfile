ARG V=3x20
FROM alpine:${V/./-}
