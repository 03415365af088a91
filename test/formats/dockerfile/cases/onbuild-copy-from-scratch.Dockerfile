FROM alpine:3.20
ONBUILD COPY --from=scratch /a /b
