FR\
OM alpine:3.20
