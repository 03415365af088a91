ARG B=scratch
FROM $B
