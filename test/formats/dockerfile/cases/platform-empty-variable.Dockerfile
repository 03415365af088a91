FROM --platform=$NONE alpine:3.20
