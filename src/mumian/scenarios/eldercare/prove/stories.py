"""Journal entries put together again: one `Story` an alarm, one `Fall` a fall that the world knows to be true.

Pure. An alarm that was raised before the period is not told, because its beginning is not in evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mumian.core.kernel import clock
from mumian.core.kernel.clock import SECOND_US
from mumian.core.prove import EventRow, EvidenceView

BEFORE_US = 2 * SECOND_US  # a fall alarm belongs to a fall if its event lies in [from − 2 s, until + 10 s]
AFTER_US = 10 * SECOND_US
SETTLED_US = (
    15 * SECOND_US
)  # a decision comes ≤ 4 s after impact; 15 s after its window a fall counts as missed


@dataclass(slots=True)
class Story:
    """An alarm from raise to what is known at the end of the period. `acknowledged_us`: the first time, by a person."""

    alarm: str
    kind: str
    person: str | None
    device: str | None
    tier: str
    event_us: int
    raised_us: int
    state: str = "new"
    acknowledged_us: int | None = None
    resolution: str | None = None
    moved: bool = False
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Fall:
    """A true fall of the person who wears `device`; `told_us` is when the world told of it."""

    device: str
    from_us: int
    until_us: int
    told_us: int

    def settled(self, now_us: int) -> bool:
        """Whether an alarm that has not come by now comes too late."""
        return max(self.until_us + AFTER_US, self.told_us) + SETTLED_US <= now_us

    def covers(self, event_us: int) -> bool:
        """Whether an alarm with this event time belongs to the fall."""
        return self.from_us - BEFORE_US <= event_us <= self.until_us + AFTER_US


def alarms(view: EvidenceView) -> dict[str, Story]:
    """Alarms raised in the period, by id, in order of raising."""
    told: dict[str, Story] = {}
    reported: set[str] = set()
    for entry in view.events("alarm", "reported_fall"):
        if entry.kind == "reported_fall":
            reported.add(str(entry.body.get("alarm")))
        else:
            _tell(told, entry)
    for alarm in reported & told.keys():
        told[alarm].reported = True
    return told


def _tell(told: dict[str, Story], entry: EventRow) -> None:
    body = entry.body
    alarm = str(body["alarm"])
    if body.get("from") is None:
        kind = str(body["kind"])
        told[alarm] = Story(
            alarm, kind, body.get("person"), body.get("device"), str(body["tier"]), int(body["event_us"]),
            int(body["raised_us"]), reported=kind == "reported_fall",
        )  # fmt: skip
    elif alarm in told:
        story = told[alarm]
        story.moved, story.state = True, str(body["to"])
        if story.state == "acknowledged" and story.acknowledged_us is None:
            story.acknowledged_us = entry.at_us
        story.resolution = body.get("resolution") if story.state == "resolved" else None


def true_falls(view: EvidenceView) -> list[Fall]:
    """Falls that the world played, in order; a fall told twice counts once, from when it was told first."""
    found: dict[tuple[str, int, int], Fall] = {}
    for entry in view.events("truth"):
        if entry.body.get("kind") == "fall":
            span = (str(entry.body["device"]), _instant(entry.body, "from"), _instant(entry.body, "until"))
            found.setdefault(span, Fall(*span, entry.at_us))
    return [found[span] for span in sorted(found)]


def _instant(body: Mapping[str, Any], name: str) -> int:
    """`from_us`, or `from` as it came over the wire."""
    given = body.get(f"{name}_us")
    return clock.parse(body.get(name), name) if given is None else int(given)


def fall_times(view: EvidenceView, told: dict[str, Story]) -> dict[str, list[tuple[int, str]]]:
    """Device → (event time, alarm) of every fall that became an alarm, findings that joined an open one included."""
    times = {(s.device, s.event_us, s.alarm) for s in told.values() if s.kind == "fall" and s.device}
    for entry in view.events("finding"):
        body = entry.body
        if body.get("kind") == "fall" and body.get("alarm"):
            times.add((str(body["device"]), int(body["event_us"]), str(body["alarm"])))
    out: dict[str, list[tuple[int, str]]] = {}
    for device, at_us, alarm in sorted(times):
        out.setdefault(str(device), []).append((at_us, alarm))
    return out


def match(falls: Iterable[Fall], times: dict[str, list[tuple[int, str]]]) -> set[Fall]:
    """Falls found, one alarm time to one fall and no more: each time goes to the fall whose window closes first.

    Taking times in order and the earliest end is optimal for points and intervals, so no other pairing finds more.
    """
    found: set[Fall] = set()
    waiting: dict[str, list[Fall]] = {}
    for fall in falls:
        waiting.setdefault(fall.device, []).append(fall)
    for device, open_falls in waiting.items():
        for at_us in sorted({at_us for at_us, _ in times.get(device, ())}):
            fitting = [f for f in open_falls if f not in found and f.covers(at_us)]
            if fitting:
                found.add(min(fitting, key=lambda f: (f.until_us, f.from_us)))
    return found
