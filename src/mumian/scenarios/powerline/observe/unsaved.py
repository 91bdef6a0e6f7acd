"""What a watch has seen and not stored yet: kept while the store is away, written with the next batch, counted where it overflows."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import structlog

from mumian.core.kernel.errors import MumianError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mumian.core.store import Store

log = structlog.get_logger()
MOST = 5000
T = TypeVar("T")


class Unsaved(Generic[T]):
    """At most `most` rows; a row beyond that pushes out the oldest, which `lost` counts. Rows may be put from any thread."""

    def __init__(self, what: str, write: Callable[[Any, Sequence[T]], object], most: int = MOST) -> None:
        """`write(cursor, rows)` stores a batch; `what` names it in the log of the service."""
        self._what, self._write = what, write
        self._rows: deque[T] = deque(maxlen=most)
        self._lock = Lock()
        self.lost = 0

    def put(self, row: T) -> None:
        with self._lock:
            self.lost += len(self._rows) == self._rows.maxlen
            self._rows.append(row)

    def save(self, store: Store) -> None:
        """Store what waits, all or nothing; where the store is away it goes on waiting."""
        with self._lock:
            batch, lost = list(self._rows), self.lost
        if not batch:
            return
        try:
            with store.tx() as cur:
                self._write(cur, batch)
        except MumianError as fault:
            log.warning("not stored yet", what=self._what, rows=len(batch), error=str(fault)[:200])
            return
        with self._lock:  # what was pushed out meanwhile was in the batch: it is stored, not lost
            pushed = min(len(batch), self.lost - lost)
            self.lost -= pushed
            for _ in range(len(batch) - pushed):
                self._rows.popleft()
