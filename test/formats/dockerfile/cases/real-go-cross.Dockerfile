FROM --platform=$BUILDPLATFORM tonistiigi/xx:1.6.1 AS xx
FROM --platform=$BUILDPLATFORM golang:1.23-alpine AS build
COPY --from=xx / /
ARG TARGETPLATFORM
RUN --mount=target=. --mount=target=/root/.cache,type=cache xx-go build -o /out/app .
FROM scratch AS bin
COPY --from=build /out/app /
FROM gcr.io/distroless/static:nonroot
COPY --from=bin /app /
