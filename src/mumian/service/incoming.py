"""What has arrived and is not durable yet, in two lanes: calls for help never wait behind telemetry."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from mumian.core.observe.records import Record, Refused


@dataclass(slots=True)
class Incoming:
    """One message on its way. `settled` is called once it is durable, refused for good, or shed.

    payload    the raw bytes of `channel`, or None when `record` was made by an adapter already
    """

    device: str
    channel: str
    payload: bytes | None
    received_us: int
    record: Record | Refused | None = None
    settled: Callable[[str], None] | None = None  # "stored" | "duplicate" | "quarantined" | "shed"
    batch: Batch | None = None
    index: int = 0


def promise() -> Future[Any]:
    """A future that whoever waits for it cannot cancel: the lane that settles it must never fail over somebody's timeout."""
    made: Future[Any] = Future()
    made.set_running_or_notify_cancel()
    return made


@dataclass(slots=True)
class Batch:
    """An HTTP batch: counts what became of its members and resolves when all are settled."""

    size: int
    future: Future[dict[str, Any]] = field(default_factory=promise)
    accepted: int = 0
    duplicate: int = 0
    shed: int = 0
    quarantined: list[dict[str, Any]] = field(default_factory=list)

    def settle(self, outcome: str, index: int, refused: Refused | None) -> None:
        if outcome == "stored":
            self.accepted += 1
        elif outcome == "duplicate":
            self.duplicate += 1
        elif outcome == "shed":
            self.shed += 1
        if refused is not None:
            self.quarantined.append({"index": index, "reason": refused.reason, "message": refused.message})
        if self.accepted + self.duplicate + self.shed + len(self.quarantined) == self.size:
            self.future.set_result(self.result())

    def result(self) -> dict[str, Any]:
        return {
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "quarantined": self.quarantined,
            "shed": self.shed,
        }


class Lane:
    """A queue from many senders to one worker that takes all there is."""

    def __init__(self, name: str, linger_s: float, most: int) -> None:
        self.name, self._linger_s, self._most = name, linger_s, most
        self._items: deque[Incoming] = deque()
        self._ready = Condition()
        self._wakes_at = (
            most  # so many items wake the worker; waking it for each would cost more than the work
        )
        self._closed = False

    def put(self, *items: Incoming) -> None:
        with self._ready:
            self._items.extend(items)
            if len(self._items) >= self._wakes_at:
                self._ready.notify()

    def take(self, wait_s: float = 0.5) -> list[Incoming]:
        """Up to `most` items; waits for the first, then lingers a moment so that one commit serves many."""
        with self._ready:
            if not self._items:
                self._wakes_at = 1
                self._ready.wait(wait_s)
                self._wakes_at = self._most
            if self._items and self._linger_s and len(self._items) < self._most:
                self._ready.wait_for(lambda: len(self._items) >= self._most or self._closed, self._linger_s)
            return [self._items.popleft() for _ in range(min(len(self._items), self._most))]

    def close(self) -> None:
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    def __len__(self) -> int:
        return len(self._items)


Counts = Mapping[str, int]
