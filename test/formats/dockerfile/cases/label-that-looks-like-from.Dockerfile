FROM alpine:3.20
LABEL a="FROM no:1" from=no:2
ENV FROM=no:3
CMD FROM no:4
