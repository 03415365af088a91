FROM --platform=no-such-platform alpine:3.20
