ARG S=1
FROM alpine:3.20 AS delve-0
FROM busybox:1 AS delve-1
FROM delve-${S}
