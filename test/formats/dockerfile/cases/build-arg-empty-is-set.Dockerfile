ARG T=9
FROM alpine:3.20${T-no}
