FROM alpine@sha256:0123
