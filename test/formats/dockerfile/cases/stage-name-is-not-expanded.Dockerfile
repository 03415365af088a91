ARG N=base
FROM alpine:3.20 AS $N
