"""Who asks, and what they may: accounts, sessions, tokens, the Cedar gate, consent, and who read what.

It never reads telemetry itself; it hands out the `Authorised[Scope]` without which store refuses.
"""

from mumian.core.identity import access, accounts, consent, gate, scoping, sessions, setup, tokens
from mumian.core.identity.gate import Principal

__all__ = [
    "Principal",
    "access",
    "accounts",
    "consent",
    "gate",
    "scoping",
    "sessions",
    "setup",
    "tokens",
]
