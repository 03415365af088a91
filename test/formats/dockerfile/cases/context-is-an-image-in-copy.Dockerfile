FROM scratch
COPY --from=context /a /b
