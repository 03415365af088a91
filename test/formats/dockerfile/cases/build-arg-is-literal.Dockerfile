ARG A=3.20
ARG T=1
FROM alpine:3.20${T:+-$T}
