"""A stream's flight: each frame on which something was raised goes before the reviewers at once, in a transaction of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core.kernel import ids
from mumian.scenarios.powerline.act.triage import filing
from mumian.scenarios.powerline.act.triage.judging import Judged
from mumian.scenarios.powerline.understand.eyes.model import Eyes

if TYPE_CHECKING:
    from mumian.core.store import Store


class Live:
    """One flight of a stream, which nobody can play again: a kill loses no finding that was told."""

    def __init__(self, store: Store, line: str, origin: str, eyes: Eyes) -> None:
        self.store, self.line, self.origin, self.eyes = store, line, origin, eyes
        self.flight, self.frames = ids.new("L"), 0

    def add(self, one: Judged) -> None:
        """A frame and its findings."""
        now_us = self.store.clock.now_us()
        with self.store.tx() as cur:
            filing.begin(cur, self.flight, self.line, self.origin, now_us)
            filing.tell(
                cur, filing.photo(cur, self.flight, self.line, self.origin, self.eyes, one, now_us), now_us
            )
        self.frames += 1

    def end(self) -> dict[str, Any]:
        """The ledger of its bytes; a stream without a finding leaves no flight."""
        if not self.frames:
            return {"flight": None}
        with self.store.tx() as cur:
            told = filing.end(cur, self.flight, self.eyes.name, None, Path(), 0, self.store.clock.now_us())
        return {
            "flight": self.flight,
            "line": self.line,
            "origin": self.origin,
            "photos": told["photos"],
            "changed": True,
        }
