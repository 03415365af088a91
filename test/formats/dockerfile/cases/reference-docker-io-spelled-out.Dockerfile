FROM docker.io/library/alpine:3.20
FROM index.docker.io/alpine:3.20
FROM docker.io/alpine:3.20
