# FROM no:1
