FROM alpine:3.20
RUN echo ${x:-y} ${x#y} ${x/a/b} <<EOF
FROM no:1
EOF
