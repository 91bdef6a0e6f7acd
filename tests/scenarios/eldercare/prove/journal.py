"""Journal entries as the house writes them, by hand: bodies follow core.decide, core.act and the service."""

from __future__ import annotations

import itertools
from pathlib import Path

from tests.core.prove.sealing import SECOND, T0, Row, event, view

__all__ = ["Journal"]


class Journal:
    """Entries with rising ids. Seconds count from T0."""

    def __init__(self, origin: str = "field") -> None:
        self.origin, self.rows, self._ids = origin, [], itertools.count(1)

    def put(self, at_s: float, entry: str, /, **body: object) -> None:
        self.rows.append(event(next(self._ids), at_s, entry, body, self.origin))

    def alarm(
        self, name: str, at_s: float, *, kind="fall", device="b1", person="p1", event_s=None, acked=None, result=None,
        paged=None, returned=None, tier="intervene",
    ) -> None:  # fmt: skip
        event_us = T0 + round((at_s if event_s is None else event_s) * SECOND)
        base = {
            "alarm": name, "kind": kind, "device": device, "person": person, "tier": tier, "event_us": event_us,
            "raised_us": T0 + round(at_s * SECOND), "resolution": None,
        }  # fmt: skip
        self.put(at_s, "alarm", **base, **{"from": None, "to": "new"})
        if paged is not None:
            self.put(paged, "page", alarm=name, to="n1", step=1, channel="browser", outcome="delivered")
        if returned is not None:
            self.put(returned, "alarm", **base, **{"from": "new", "to": "returned"})
        if acked is not None:
            self.put(acked, "alarm", **base, **{"from": "new", "to": "acknowledged"})
        if result is not None:
            last = {**base, "resolution": result}
            self.put((acked or at_s) + 1, "alarm", **last, **{"from": "acknowledged", "to": "resolved"})

    def finding(
        self, at_s: float, *, kind="fall", device="b1", alarm=None, why=None, holds=True, event_s=None
    ) -> None:
        event_us = T0 + round((at_s if event_s is None else event_s) * SECOND)
        self.put(
            at_s, "finding", finding=f"{device}:{kind}:{event_us}", device=device, kind=kind, event_us=event_us, alarm=alarm,
            why_no_alarm=why, holds=holds, model="falls@1",
        )  # fmt: skip

    def truth(self, from_s: float, until_s: float, device="b1", kind="fall", told_s=None) -> None:
        span = {"from_us": T0 + round(from_s * SECOND), "until_us": T0 + round(until_s * SECOND)}
        self.put(
            until_s if told_s is None else told_s, "truth", device=device, kind=kind, recording="r", **span
        )

    def exposure(self, hour: int, seconds: float, device="b1", person="p1") -> None:
        start = (T0 // (3600 * SECOND) + hour) * 3600 * SECOND
        self.put(
            hour * 3600 + 3700, "exposure", device=device, person=person, from_us=start, until_us=start + 3600 * SECOND,
            seconds=seconds,
        )  # fmt: skip

    def view(self, folder: Path, until_s: float = 10_000_000.0):
        rows: list[Row] = self.rows
        return view(folder, rows, self.origin, until_s)
