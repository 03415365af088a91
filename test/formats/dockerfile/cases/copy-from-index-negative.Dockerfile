FROM alpine:3.20
COPY --from=-1 /a /b
