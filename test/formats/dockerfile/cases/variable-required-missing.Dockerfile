FROM alpine:${T:?give}
