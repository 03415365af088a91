FrOm alpine:3.20 aS Base
from base
