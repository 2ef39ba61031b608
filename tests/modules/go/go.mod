module modules

go 1.19
