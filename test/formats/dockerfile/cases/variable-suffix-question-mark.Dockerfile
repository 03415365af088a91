ARG V=3.20x
FROM alpine:${V%?}
