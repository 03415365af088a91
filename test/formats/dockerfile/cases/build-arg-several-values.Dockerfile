ARG V=9
FROM node:${V}-alpine
