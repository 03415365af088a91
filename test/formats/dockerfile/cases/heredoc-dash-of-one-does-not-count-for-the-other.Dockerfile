FROM alpine:3.20
COPY <<-A <<B /x/
	A
	B
FROM no:1
B
