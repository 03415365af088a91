FROM alpine:3.20 # the base
