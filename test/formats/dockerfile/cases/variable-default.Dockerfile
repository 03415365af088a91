FROM ${X:-alpine:3.20}
