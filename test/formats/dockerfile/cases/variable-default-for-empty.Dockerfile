ARG X=
FROM alpine:3.20${X:--slim}
