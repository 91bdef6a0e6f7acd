"""What a device itself says is wrong: SOS, call button, its own fall or heart-rate alarm, a fence left. Nothing is weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mumian.core.observe.records import Event, Record
from mumian.core.understand.steps import Finding

# event kind → finding kind, and whether the condition holds
KINDS = {
    "sos": ("sos", True),
    "button": ("call", True),
    "fall": ("fall", True),
    "heart_rate": ("heart_rate", True),
    "fence_exit": ("fence_exit", True),
    "fence_enter": ("fence_exit", False),
    "unspecified": ("device_alarm", True),
}


class Calls:
    """Stateless: every event that asks for somebody is a finding of its own."""

    name = "calls"
    takes: tuple[type, ...] = (Event,)
    memory_s = 0.0

    def step(
        self, states: Mapping[str, None], records: Sequence[Record]
    ) -> tuple[dict[str, None], list[Finding]]:
        """(state, records) → (state, findings)."""
        return {}, [_finding(r) for r in records if isinstance(r, Event) and r.kind in KINDS]


def _finding(event: Event) -> Finding:
    kind, holds = KINDS[event.kind]
    return Finding(
        kind,
        event.device,
        event.event_us,
        event.received_us,
        holds,
        model="device@1",
        detail=event.detail,
        seq=event.seq,
    )
