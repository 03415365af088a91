FROM "alpine 3"
