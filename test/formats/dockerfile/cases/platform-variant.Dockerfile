FROM --platform=linux/arm/v7 alpine:3.20
