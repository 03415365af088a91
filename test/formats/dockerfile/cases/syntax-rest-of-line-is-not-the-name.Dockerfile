# syntax=docker/dockerfile:1 # pinned below
FROM alpine:3.20
