FROM alpine:3.20
FROM scratch
COPY --from=+00 /a /b
