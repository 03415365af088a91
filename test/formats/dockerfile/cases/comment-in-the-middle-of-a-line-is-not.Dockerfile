FROM alpine:3.20
RUN echo # FROM no:1
