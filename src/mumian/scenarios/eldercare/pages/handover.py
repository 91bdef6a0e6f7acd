"""The shift's hand-over sheet: what is still open, what was closed and how, who is blind, what is to be done. To print or to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mumian.core.kernel.clock import parse
from mumian.core.scenario import Visit
from mumian.scenarios.eldercare.pages import phone, reads, roster, stack
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.model import Home
from mumian.scenarios.eldercare.pages.words import RESOLUTIONS, Words


def view(visit: Visit) -> Mapping[str, object]:
    """GET /eldercare/handover."""
    scope = reads.scope(visit)
    now_us = visit.clock.now_us()
    home = reads.home(visit.store, scope, now_us)
    alarms = reads.shift_alarms(visit.store, scope, now_us)
    return context(home, alarms, reads.tasks(visit.store, ""), now_us, language.of(visit.lang))


def context(
    home: Home, alarms: Sequence[Mapping[str, Any]], tasks: Sequence[Mapping[str, Any]], now_us: int, w: Words
) -> dict[str, object]:
    """The sheet of the shift that is on now."""
    shift = roster.build(home, alarms, now_us, w, shown=40)
    inside = [a for a in alarms if shift.from_us <= parse(a["raised_at"]) <= shift.until_us]
    opened = stack.build([a for a in alarms if a["state"] != "resolved"], home, now_us, w)
    blind = [
        r for r in home.residents if r.departed_us is None and r.state(now_us) in ("blind", "unworn", "none")
    ]
    blind.sort(key=lambda r: (("blind", "unworn", "none").index(r.state(now_us)), r.room_name))
    done = stack.done(alarms, shift.from_us)
    return {
        "shift": shift, "span": f"{w.day(shift.from_us)} {w.time(shift.from_us)} – {w.time(shift.until_us)}",
        "open": [r for g in opened.groups for r in g.rows], "done": done,
        "done_median": w.span(done.median_s) if done.median_s is not None else "",
        "closed": [_closed(a, home, now_us, w) for a in inside if a["state"] == "resolved"], "raised": len(inside),
        "blind": [{"resident": r, "state": r.state(now_us), "said": phone.state_said(r, now_us, w)} for r in blind[:60]],
        "blind_n": len(blind), "tasks": [phone.task_line(t, home, now_us, w) for t in tasks[:40]],
    }  # fmt: skip


def _closed(alarm: Mapping[str, Any], home: Home, now_us: int, w: Words) -> dict[str, object]:
    row = stack.row(alarm, home, now_us, w)
    last = alarm["transitions"][-1] if alarm["transitions"] else {}
    worker = home.workers.get(str(last.get("by")))
    return {
        "row": row, "when": w.time(row.event_us), "outcome": w(RESOLUTIONS.get(alarm["resolution"], "")),
        "by": worker.name if worker else str(last.get("by") or ""), "note": last.get("note") or "",
    }  # fmt: skip
