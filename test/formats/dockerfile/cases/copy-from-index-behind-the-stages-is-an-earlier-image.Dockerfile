FROM scratch
COPY --from=busybox:1 /a /b
COPY --from=1 /a /c
