"""Flights in an unattended environment (无人值守环境): whole cycles of a dock with no human order between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mumian.core.prove import Estimate, EvidenceView, indicator, proportion

EVENT = "powerline_dock"


@dataclass
class _Cycle:
    """One cycle as the events tell it."""

    ended: Mapping[str, Any] | None = None
    flown: bool = False
    touched: bool = False  # somebody else ordered the dock meanwhile


@indicator(
    id="powerline.unattended_cycles", clause="四(一)1", unit="ratio", goal=">=0.95", version=1,
    title={"zh": "无人值守循环完成率", "en": "Unattended cycles completed"},
    source="plan 四(一): automatic flight and charging in an unattended environment; the plan names no number, 0.95 is this house's reading",
)  # fmt: skip
def unattended_cycles(view: EvidenceView) -> Estimate:
    """Share of begun cycles that ran from take-off to shut and charging (or charged) with no human order between.

    n are all cycles that were begun and have ended: those that broke, were stopped or interrupted count against it. k are those
    whose last state is a held drone under a shut cover that charges or has its charge, and during which no person and no
    other program ordered the dock. One that an interlock refused before its first order was not begun. "No human at the site"
    is not known to any dock and not claimed.
    """
    entries = sorted(view.events(EVENT), key=lambda e: (e.at_us, e.id))
    cycles = _told(entries)
    over = [c for c in cycles.values() if c.ended is not None]
    whole = sum(_whole(c) for c in over)
    touched = sum(c.touched for c in over)
    note = f"{len(cycles)} begun, {len(cycles) - len(over)} still under way, {touched} with an order of somebody's between"
    return proportion(whole, len(over), note)


def _told(entries: Iterable[Any]) -> dict[str, _Cycle]:
    """Cycle by id. A cycle without an end counts as ended once another begins on its dock: two do not run at once."""
    cycles: dict[str, _Cycle] = {}
    open_on: dict[str, _Cycle] = {}
    for entry in entries:
        event, body = entry.body["event"], entry.body
        current = open_on.get(entry.subject)
        if event == "cycle begun":
            if current is not None:
                current.ended = {"outcome": "lost"}
            open_on[entry.subject] = cycles.setdefault(str(body["cycle"]), _Cycle())
        elif current is None:
            continue
        elif event == "cycle ended":
            current.ended = body
            del open_on[entry.subject]
        elif event == "cycle phase":
            current.flown = current.flown or body["phase"] == "flying"
        elif event == "foreign order" or (event == "order" and not body.get("cycle")):
            current.touched = True
    return cycles


def _whole(cycle: _Cycle) -> bool:
    if cycle.ended is None or cycle.ended["outcome"] != "done" or cycle.touched or not cycle.flown:
        return False
    dock = cycle.ended["dock"]
    charged = dock["charging"] or dock["battery_percent"] >= cycle.ended["limit_percent"]
    return bool((dock["drone"], dock["putter"], dock["cover"]) == ("in", "closed", "closed") and charged)
