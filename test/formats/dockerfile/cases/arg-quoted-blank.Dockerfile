ARG X="a b" TAG=3.20
FROM alpine:$TAG
