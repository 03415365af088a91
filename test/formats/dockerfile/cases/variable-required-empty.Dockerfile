ARG T=
FROM alpine:3${T?}${T:?}
