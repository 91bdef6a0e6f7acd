"""How long residents were really watched: the denominator of every rate. Journalled by device, person and hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.clock import SECOND_US
from mumian.core.observe.records import Record, Waveform
from mumian.core.store import events

if TYPE_CHECKING:
    from mumian.core.store import Store
    from mumian.service.roster import Roster

HOUR_US = 3600 * SECOND_US


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
                self._seconds[(record.device, person, record.event_us // HOUR_US * HOUR_US)] += seconds

    def flush(self, store: Store) -> None:
        """Add what was counted to the table."""
        with self._lock:
            taken, self._seconds = self._seconds, defaultdict(float)
        if not taken:
            return
        keys = sorted(taken)
        with store.tx() as cur:
            cur.execute(
                "insert into observe.exposure (device, person, hour_us, seconds)"
                " select * from unnest(%s::text[], %s::text[], %s::int8[], %s::float8[])"
                " on conflict (device, person, hour_us) do update set seconds = observe.exposure.seconds + excluded.seconds",
                ([k[0] for k in keys], [k[1] for k in keys], [k[2] for k in keys], [taken[k] for k in keys]),
            )


def journal(store: Store, origins: dict[str, str], before_us: int) -> None:
    """Move hours that began before `before_us` into the event journal, from where they are sealed."""
    with store.tx() as cur:
        found: list[tuple[Any, ...]] = cur.execute(
            "delete from observe.exposure where hour_us < %s returning device, person, hour_us, seconds",
            (before_us,),
        ).fetchall()
        for device, person, hour_us, seconds in sorted(found):
            body = {
                "device": device,
                "person": person,
                "from_us": hour_us,
                "until_us": hour_us + HOUR_US,
                "seconds": seconds,
            }
            events.append(cur, "exposure", store.clock.now_us(), origins.get(device, ""), device, body)
