FROM alpine:$TARGETSTAGE
FROM scratch AS last
