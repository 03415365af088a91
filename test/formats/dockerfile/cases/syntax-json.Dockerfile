{
  "name": "x",
  "syntax": "docker/other:1"
}
