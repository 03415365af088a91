ARG V=3_20_1
FROM alpine:${V//_/.}
