FROM ${X:-alpine 3}
