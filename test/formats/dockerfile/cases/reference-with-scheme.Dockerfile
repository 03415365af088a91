FROM https://docker.io/alpine
