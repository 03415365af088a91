FROM alpine:3.20
RUN --mount='type=bind,"source=/a,b",from=golang:1.22,target=/a' true
