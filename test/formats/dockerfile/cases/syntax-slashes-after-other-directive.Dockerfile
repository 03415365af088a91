// check=skip=all
//SYNTAX = docker/other:1
