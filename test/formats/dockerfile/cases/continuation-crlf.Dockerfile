FROM \
# no

alpine:3.20 \
 AS x
FROM x
