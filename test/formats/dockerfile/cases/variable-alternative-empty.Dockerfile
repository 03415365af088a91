ARG X=
FROM alpine:3.20${X:+-a}${X+-b}
