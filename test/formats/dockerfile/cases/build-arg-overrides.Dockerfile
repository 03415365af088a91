ARG T=9
FROM alpine:$T
