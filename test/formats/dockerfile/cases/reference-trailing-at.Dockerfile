FROM alpine@
