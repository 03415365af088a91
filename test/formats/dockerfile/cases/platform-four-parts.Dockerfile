FROM --platform=a/b/c/d alpine:3.20
