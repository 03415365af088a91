ARG T=3.20
ARG T
FROM alpine:$T
