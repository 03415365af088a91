ARG X=${Y:?}
FROM alpine:3.20
