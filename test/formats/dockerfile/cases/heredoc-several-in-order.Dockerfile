FROM alpine:3.20
COPY <<A <<B /x/
FROM no:1
B
A
FROM no:2
B
FROM busybox:1
