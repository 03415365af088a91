FROM --platform=linux alpine:3.20
