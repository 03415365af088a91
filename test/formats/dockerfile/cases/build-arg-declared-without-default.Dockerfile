ARG T
FROM alpine:$T
