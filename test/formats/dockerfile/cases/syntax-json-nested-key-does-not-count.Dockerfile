{"a": {"syntax": "docker/no:1"}, "b": ["syntax", "docker/no:2"], "syntax": "docker/other:1"}
