FROM alpine:3.20
COPY --from=scratch /a /b
