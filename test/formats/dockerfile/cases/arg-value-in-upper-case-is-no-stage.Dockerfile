ARG S=BASE
FROM alpine:3.20 AS base
FROM $S
