FROM localhost:5777/a/b
