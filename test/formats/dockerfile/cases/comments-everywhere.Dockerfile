# FROM no:1
  # FROM no:2
FROM alpine:3.20
#FROM no:3
RUN true
	# FROM no:4
