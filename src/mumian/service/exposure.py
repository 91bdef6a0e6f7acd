"""Counts how long residents are really watched, in memory between two writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from mumian.core.observe import exposure
from mumian.core.observe.records import Record, Waveform

if TYPE_CHECKING:
    from mumian.core.store import Store
    from mumian.service.roster import Roster


class Exposure:
    """Seconds of signal received, in memory between two flushes: a kill loses at most one flush, never adds."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seconds: dict[tuple[str, str, int], float] = defaultdict(float)

    def add(self, records: Sequence[Record], roster: Roster) -> None:
        """Count a stored batch. A device that sends no waveform counts as present (0 s) in its hour."""
        with self._lock:
            for record in records:
                person = roster.wearer(record.device, record.event_us)
                if person is None or not roster.watched(record.device, record.event_us):
                    continue
                seconds = len(record.samples) / record.rate_hz if isinstance(record, Waveform) else 0.0
                self._seconds[(record.device, person, exposure.hour_us(record.event_us))] += seconds

    def flush(self, store: Store) -> None:
        """Add what was counted to the table."""
        with self._lock:
            taken, self._seconds = self._seconds, defaultdict(float)
        if not taken:
            return
        with store.tx() as cur:
            exposure.write(cur, taken)
