// syntax=docker/other:1
whatever it likes
