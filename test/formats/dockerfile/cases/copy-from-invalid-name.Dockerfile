FROM alpine:3.20
COPY --from=Busy/Box:1:2 /a /b
