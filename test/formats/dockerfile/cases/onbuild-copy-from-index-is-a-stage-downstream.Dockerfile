FROM alpine:3.20
ONBUILD COPY --from=0 /a /b
