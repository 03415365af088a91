{"syntax": "docker/no:1", "syntax": "docker/other:1"}
