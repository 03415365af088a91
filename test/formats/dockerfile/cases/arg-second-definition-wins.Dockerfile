ARG T=1
ARG T=3.20
FROM alpine:$T
