ARG V=1
ARG T=$V.20
FROM alpine:$T
