"""Catalogues of sentences: the Chinese sentence is the id, `.po` files hold its English, for one thing and for several."""

from __future__ import annotations

from pathlib import Path


def read(file: Path) -> tuple[dict[str, str], dict[str, str]]:
    """(sentence → its English, sentence → its English for one thing) of a `.po` file."""
    from babel.messages.pofile import read_po  # slow to import, and Chinese needs none

    several: dict[str, str] = {}
    one: dict[str, str] = {}
    with file.open("rb") as stream:
        for m in read_po(stream, locale="en"):
            if isinstance(m.id, str):
                several[m.id] = str(m.string or "")
            elif isinstance(m.string, tuple):
                one[m.id[0]], several[m.id[0]] = m.string
    return {k: v for k, v in several.items() if k and v}, one
