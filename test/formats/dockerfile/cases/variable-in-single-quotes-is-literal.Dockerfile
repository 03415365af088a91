ARG T=3.20
FROM alpine:'$T'
