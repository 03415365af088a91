# syntax=docker/dockerfile:1	x
FROM alpine:3.20
