FROM alpine:3.20 AS Kelvin
FROM kelvin
