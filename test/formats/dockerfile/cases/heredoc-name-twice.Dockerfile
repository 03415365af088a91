FROM alpine:3.20
COPY <<A <<A /x/
A
FROM no:1
A
