FROM alpine:3.20
RUN --mount=type=cache,target=/c true
COPY --from=1 /a /b
