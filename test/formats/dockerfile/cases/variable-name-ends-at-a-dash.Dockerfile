ARG A=3.20
FROM alpine:$A-slim
