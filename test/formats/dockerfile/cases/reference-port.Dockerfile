FROM 127.0.0.1:5777/library/alpine:3.20
