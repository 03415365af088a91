FROM alpine:3.20
COPY --from=9 /a /b
