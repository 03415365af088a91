FROM alpine:3.20 AS a-b_c.d
FROM a-b_c.d
