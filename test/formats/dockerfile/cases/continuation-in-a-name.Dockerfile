FROM alp\
ine:3.20
