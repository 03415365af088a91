FROM alpine AS x
