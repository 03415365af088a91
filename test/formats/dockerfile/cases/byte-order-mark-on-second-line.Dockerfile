FROM alpine:3.20
﻿FROM busybox:1
