ARG Y=3.20
FROM ${X:-alpine:${Y:-9}}
