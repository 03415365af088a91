# escape=`
# check=skip=all
# syntax=docker/dockerfile:1
FROM alpine:3.20
