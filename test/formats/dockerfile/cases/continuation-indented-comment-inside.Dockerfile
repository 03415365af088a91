FROM \
   # no
alpine:3.20
