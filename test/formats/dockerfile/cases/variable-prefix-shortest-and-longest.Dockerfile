ARG V=a/b/alpine:3.20
FROM ${V##*/}
ARG X=1
FROM x/${V#*/}
