ARG A=3 B=$A.20
FROM alpine:$B
