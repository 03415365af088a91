FROM alpine:3.20
onbuild copy --from=busybox:1 /a /b
