"""What findings mean in this house: the rules of `rules.toml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mumian.core.decide import policy

# Kinds of which each occurrence is an alarm of its own; of all others one alarm is open at a time.
EVERY_ONE: frozenset[str] = frozenset()


@cache
def rules() -> policy.Policy:
    """The house's policy, read once."""
    return policy.load((Path(__file__).parent / "rules.toml").read_text("utf-8"))
