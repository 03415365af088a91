ARG B=$A.20
ARG A=3
FROM alpine:0$B
