ARG R=127.0.0.1:5777
FROM $R/library/alpine:3.20
