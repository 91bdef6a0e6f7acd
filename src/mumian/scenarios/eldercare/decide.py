"""What findings mean in an elderly home: the rules of `rules.toml`, the resident's care level, the hour."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mumian.core.decide import policy

# Each press is a call for help of its own; all other kinds are conditions with one open alarm at a time.
EVERY_ONE = frozenset({"sos", "call"})


@cache
def rules() -> policy.Policy:
    """The house's policy, read once."""
    return policy.load((Path(__file__).parent / "rules.toml").read_text("utf-8"))
