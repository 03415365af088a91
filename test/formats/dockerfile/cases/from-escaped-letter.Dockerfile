FROM al\pine:3.20
