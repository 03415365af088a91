FROM alpine:3.20
RUN --mount=type=bind,from=,target=/a true
