{"Syntax": "docker/no:1"}
