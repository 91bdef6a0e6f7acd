"""What the watch knows of one dock: its newest state, since when, its faults, and what of it is worth keeping."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from typing import Any

from mumian.scenarios.powerline.domain.dock import Dock
from mumian.scenarios.powerline.observe.dock import envelope

SILENT_S = 6.0  # three of DJI's osd (every 2 s): what was last heard is shown as old from then on
LINES_KEPT = 80
_FACTS, _WORD, _FAULTS = (
    8,
    60,
    32,
)  # of an event's data, of a word, of faults: a dock that says more is kept short
_LINES_A_SECOND = 20  # of one dock; what a flooding dock says beyond is not kept


@dataclass
class Standing:
    """One registered dock. Times are our own clock's, in microseconds; `heard` folds a message in."""

    sn: str
    origin: str
    place: str
    since_us: int  # when the watch began
    dock: Dock | None = None
    heard_us: int = 0  # the last osd
    silent: bool = False
    faults: frozenset[str] = frozenset()
    _second: tuple[int, int] = (0, 0)  # (second, lines within it)
    lines: deque[tuple[int, dict[str, Any]]] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))

    def heard(self, channel: str, said: dict[str, Any], now_us: int) -> Iterator[dict[str, Any]]:
        """Fold a message of `osd` or `events` in; yields the bodies of what is worth keeping. Raises BadInput.

        Only osd tells how the dock stands: events, however many, leave its state as old as it is.
        """
        if channel == "osd":
            seen = envelope.dock(said["data"])
            if self.silent:
                self.silent = False
                yield {"event": "heard again"}
            self.heard_us = now_us
            faults = frozenset(sorted(word(fault) for fault in seen.faults)[:_FAULTS])
            self.dock = replace(seen, faults=faults)
            yield from self._faults(faults)
        elif said.get("method") == "hms":
            name = word(said["data"].get("fault", ""))
            yield from self._faults(
                self.faults | {name} if said["data"].get("is_on") else self.faults - {name}
            )
        else:
            facts = {word(key): small(value) for key, value in list(said["data"].items())[:_FACTS]}
            yield {"event": "said", "what": word(said.get("method", "")), "facts": facts}

    def may_write(self, now_us: int) -> bool:
        """Whether one more line may go into the log within this second."""
        second = now_us // 1_000_000
        if self._second[0] != second:
            self._second = (second, 0)
        self._second = (second, self._second[1] + 1)
        return self._second[1] <= _LINES_A_SECOND

    def _faults(self, now: frozenset[str]) -> Iterator[dict[str, Any]]:
        for name in sorted(now - self.faults):
            yield {"event": "fault", "fault": name, "on": True}
        for name in sorted(self.faults - now):
            yield {"event": "fault", "fault": name, "on": False}
        self.faults = now

    def look(self, now_us: int) -> Iterator[dict[str, Any]]:
        """Whether it has fallen silent since the last look."""
        if self.heard_us and not self.silent and now_us - self.heard_us > SILENT_S * 1e6:
            self.silent = True
            yield {"event": "silent", "since_us": self.heard_us}

    def fresh(self, now_us: int) -> Dock | None:
        """Its state, if it is no older than SILENT_S: what an order may be judged by."""
        return self.dock if self.heard_us and now_us - self.heard_us <= SILENT_S * 1e6 else None

    def state(self) -> dict[str, Any]:
        """What changes all the time, for the page."""
        row: dict[str, Any] = {
            "key": self.sn, "place": self.place, "origin": self.origin, "heard_us": self.heard_us, "since_us": self.since_us,
            "silent": self.silent, "dock": None,
        }  # fmt: skip
        if self.dock is not None:
            row["dock"] = {**asdict(self.dock), "faults": sorted(self.faults | self.dock.faults)}
        return row


def word(value: object) -> str:
    """A dock's word as it may stand in a log: short, without what no database takes."""
    return str(value)[:_WORD].replace("\x00", "").encode("utf-8", "replace").decode()


def small(value: object) -> bool | int | float | str:
    """A dock's value as it may stand in a log; what is no number or word of ours is told as a word."""
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53):
        return value
    return value if isinstance(value, float) and isfinite(value) else word(value)
