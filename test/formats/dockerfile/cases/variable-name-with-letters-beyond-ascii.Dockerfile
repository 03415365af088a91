ARG ä=3.20
FROM alpine:$ä
