from alpine:3.20
