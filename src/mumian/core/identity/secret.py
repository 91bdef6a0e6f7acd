"""Random secrets that are shown once and stored as a hash: session cookies, bearer tokens, the set-up link.

They have 256 random bits, so a plain SHA-256 is enough; passwords of people go through `passwords` instead.
"""

from __future__ import annotations

import hashlib
import secrets


def fresh(prefix: str = "") -> tuple[str, bytes]:
    """A new secret and the hash to store."""
    secret = prefix + secrets.token_urlsafe(32)
    return secret, digest(secret)


def digest(secret: str) -> bytes:
    """What is stored of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
