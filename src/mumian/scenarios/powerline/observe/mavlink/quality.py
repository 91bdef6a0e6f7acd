"""How good a link is: loss by gaps in the senders' sequence numbers, round trip by TIMESYNC (or PING), clock offset.

Sequence: https://mavlink.io/en/guide/packet_loss.html; TIMESYNC: https://mavlink.io/en/services/timesync.html
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

_LATE = 224  # a step of 224…255 is a frame overtaken by up to 32 others, not a gap of as many
_ALPHA = 0.125  # RFC 6298 smoothing of the round trip


@dataclass
class SequenceGaps:
    """One component's frames: received, and lost as far as its sequence numbers tell."""

    received: int = 0
    lost: int = 0
    last: int | None = None

    def heard(self, sequence: int) -> None:
        """A frame with this sequence number (0–255) has come. One that was overtaken takes its gap back."""
        self.received += 1
        step = (sequence - self.last) % 256 if self.last is not None else 1
        if step == 0:
            return
        if step >= _LATE:
            self.lost = max(0, self.lost - 1)
            return
        self.lost += step - 1
        self.last = sequence


@dataclass
class RoundTrip:
    """Round trip in microseconds: the last, the smoothed and the best of the last minute; and the vehicle's clock."""

    last_us: int | None = None
    smoothed_us: float | None = None
    offset_us: float | None = None  # vehicle's clock minus ours
    _recent: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=60))

    def measured(self, round_trip_us: int, offset_us: float | None) -> None:
        """One answer. The offset is taken from the quickest answer of the last 60, whose two ways differ least."""
        self.last_us = round_trip_us
        was = self.smoothed_us
        self.smoothed_us = round_trip_us if was is None else was + _ALPHA * (round_trip_us - was)
        if offset_us is not None:
            self._recent.append((round_trip_us, offset_us))
            self.offset_us = min(self._recent)[1]


@dataclass
class LinkQuality:
    """All that a link says about itself; `loss()` is a fraction, None before anything came."""

    gaps: dict[tuple[int, int], SequenceGaps] = field(default_factory=dict)
    round_trip: RoundTrip = field(default_factory=RoundTrip)
    round_trips: dict[int, RoundTrip] = field(default_factory=dict)  # by system: several may share a link

    def heard(self, system: int, component: int, sequence: int) -> None:
        gaps = self.gaps.get((system, component))
        if gaps is None:
            gaps = self.gaps[(system, component)] = SequenceGaps()
        gaps.heard(sequence)

    def totals(self) -> tuple[int, int]:
        """(received, lost) over all components."""
        return sum(g.received for g in self.gaps.values()), sum(g.lost for g in self.gaps.values())

    def loss_of(self, system: int) -> float | None:
        """As `loss`, of one system's components."""
        of = [gaps for (number, _), gaps in self.gaps.items() if number == system]
        received, lost = sum(g.received for g in of), sum(g.lost for g in of)
        return lost / (received + lost) if received else None

    def loss(self) -> float | None:
        received, lost = self.totals()
        return lost / (received + lost) if received else None
