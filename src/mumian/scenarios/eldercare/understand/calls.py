"""Somebody asked for help: SOS, call button, a device's own fall detector. Nothing is weighed; a call is a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mumian.core.observe.records import Event, Record
from mumian.core.understand.steps import Finding

KINDS = {"sos": "sos", "button": "call", "fall": "fall"}


class Calls:
    """Stateless: every event that asks for somebody is a finding of its own."""

    name = "calls"
    takes: tuple[type, ...] = (Event,)
    memory_s = 0.0

    def step(
        self, states: Mapping[str, None], records: Sequence[Record]
    ) -> tuple[dict[str, None], list[Finding]]:
        """(state, records) → (state, findings)."""
        return {}, [
            Finding(
                KINDS[r.kind],
                r.device,
                r.event_us,
                r.received_us,
                model="device@1",
                detail=r.detail,
                seq=r.seq,
            )
            for r in records
            if isinstance(r, Event) and r.kind in KINDS
        ]
