FROM \
# alpine:3.19 \
alpine:3.20
