FROM alpine:3.20
FROM scratch
COPY --from=0 /a /b
