FROM alpine:3.20
RUN --mount=from=golang$,target=/a true
