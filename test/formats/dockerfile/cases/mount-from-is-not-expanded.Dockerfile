ARG G=golang
FROM alpine:3.20
RUN --mount=from=$G,target=/a true
