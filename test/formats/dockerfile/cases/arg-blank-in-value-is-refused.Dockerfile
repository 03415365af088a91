ARG X="alpine:3.20 AS x"
FROM $X
