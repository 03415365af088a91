FROM scratch
COPY --from="busybox:1" /a /b
