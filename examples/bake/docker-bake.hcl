variable "NODE_VERSION" {
  default = "24-alpine"
}

group "default" {
  targets = ["app", "notice"]
}

# Two targets: app-dev and app-prod.
target "app" {
  name = "app-${stage}"
  matrix = {
    stage = ["dev", "prod"]
  }
  context = "app"
  target  = stage
  args = {
    NODE_VERSION = NODE_VERSION
  }
  contexts = {
    base = "docker-image://alpine:3.23@sha256:075c2c1a4068c1e251228ca2b0ea8b163f835ca5d66e758b93c7fc89b1995616"
  }
}

target "notice" {
  dockerfile-inline = <<EOT
FROM alpine:3.23@sha256:075c2c1a4068c1e251228ca2b0ea8b163f835ca5d66e758b93c7fc89b1995616
RUN echo "made with bake" > /notice
EOT
}
