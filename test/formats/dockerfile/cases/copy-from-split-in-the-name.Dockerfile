FROM scratch
COPY --from=busy\
box:1 /a /b
