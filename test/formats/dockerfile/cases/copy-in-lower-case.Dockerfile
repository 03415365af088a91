FROM scratch
copy --from=busybox:1 /a /b
