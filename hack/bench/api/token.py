"""Prints a token of `todo api` for a user that hack/bench/api/seed.sql made: token.py SECRET NUMBER."""

import sys
import time
import uuid

import jwt

secret, number = sys.argv[1:]
now = int(time.time())
claims = {"iss": "todoplatform", "sub": str(uuid.UUID(number.zfill(32))), "iat": now, "exp": now + 24 * 3600}
print(jwt.encode(claims, secret, algorithm="HS256"))
