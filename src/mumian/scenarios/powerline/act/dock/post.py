"""The docks' post: the watch on all docks of the home, the orders given here, and the cycles that run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from mumian.scenarios.powerline.act.dock import giving
from mumian.scenarios.powerline.act.dock.cycles import METHOD, STOP, Cycles
from mumian.scenarios.powerline.decide.dock.offers import offers
from mumian.scenarios.powerline.observe.dock.watch import Watch

if TYPE_CHECKING:
    from mumian.core.kernel.clock import Clock
    from mumian.core.kernel.settings import Settings
    from mumian.core.store import Store


class Docks:
    """A post of the service."""

    name = "docks"

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.settings, self.store, self.clock = settings, store, clock
        self.watch = Watch(settings, store, clock, offers)
        self.cycles = Cycles(self)
        self._turns: dict[str, Lock] = {}

    def start(self) -> None:
        self.cycles.start()  # before the watch: its log begins with what an earlier service left
        self.watch.start()

    def stop(self) -> None:
        self.cycles.stop()
        self.watch.stop()

    def health(self) -> Mapping[str, Any]:
        return {**self.watch.health(), "cycles": self.cycles.count}

    def order(self, sn: str, do: str, by: str, tid: str = "", limit: str = "") -> Mapping[str, Any]:
        """What a person at a page wants of a dock: one of ORDERS, `cycle` or `stop`. Raises as `giving.give`."""
        if do == METHOD:
            return self.cycles.begin(sn, by, tid, limit)
        if do == STOP:
            return self.cycles.halt(sn, by)
        return giving.give(self, sn, do, by, tid, limit)

    @contextmanager
    def turn(self, sn: str) -> Iterator[None]:
        """One order to a dock at a time. Busy while another has it."""
        lock = self._turns.setdefault(sn, Lock())
        if not lock.acquire(blocking=False):
            raise giving.Busy(state="", action="")
        try:
            yield
        finally:
            lock.release()
