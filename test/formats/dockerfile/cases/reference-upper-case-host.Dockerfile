FROM Localhost/alpine:3.20
