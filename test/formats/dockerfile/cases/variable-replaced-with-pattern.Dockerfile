ARG V=alpine-edge-3.20
FROM alpine:${V/*-/}
