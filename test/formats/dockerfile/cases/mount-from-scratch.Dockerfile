FROM alpine:3.20
RUN --mount=from=scratch,target=/a true
