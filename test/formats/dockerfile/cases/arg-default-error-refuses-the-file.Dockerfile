ARG X=${Y:?need}
FROM alpine:3.20
