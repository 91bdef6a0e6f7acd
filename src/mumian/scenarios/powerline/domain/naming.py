"""What may be the name of a line: what people can read, no longer than a name."""

from __future__ import annotations

import unicodedata

LONGEST = 200
_UNSEEN = ("Cc", "Cf", "Cs")  # control, format (also of writing direction), half a surrogate pair


def fault_of(name: str) -> str:
    """What is wrong with it, in English; empty for a name."""
    if len(name) > LONGEST:
        return f"is {len(name)} characters long; {LONGEST} are the most"
    if any(unicodedata.category(letter) in _UNSEEN for letter in name):
        return "holds characters that nobody sees"
    return ""
