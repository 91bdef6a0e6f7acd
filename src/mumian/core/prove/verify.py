"""`verify`: everything that can be checked of a home: segments, objects, ledger, signed heads, signed figures.

It reads every byte again, mends nothing and stops at nothing: all faults are told at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold: `what` is figure or head, `id` which."""

    what: str
    id: str
    zh: str
    en: str
