"""The registry as the pipeline sees it: a snapshot in memory, refreshed when the registry says that it changed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog

from mumian.core import registry
from mumian.core.decide.judging import Situation
from mumian.core.kernel.clock import SECOND_US
from mumian.core.kernel.errors import MumianError

if TYPE_CHECKING:
    from mumian.core.store import Store

log = structlog.get_logger()
_SHANGHAI_US = 8 * 3600 * SECOND_US


class Roster:
    """Who wears what, where it is, whether it may be watched."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._home = registry.snapshot(store)
        self._stale = False
        self._looked = time.monotonic()
        self._watched: dict[str, tuple[float, bool]] = {}

    def changed(self) -> None:
        """The registry changed: the next look reads it anew."""
        self._stale = True

    @property
    def home(self) -> Any:
        if self._stale:
            with self._lock:
                if self._stale:
                    self._renew()
        return self._home

    def _renew(self) -> None:
        """Read anew. While the database is away nothing can have changed: what was known goes on to hold."""
        self._stale = False
        try:
            self._home = registry.snapshot(self._store)
        except MumianError as error:
            self._stale = True
            log.warning("registry not read, going on with what is known", error=str(error)[:200])
        self._watched.clear()

    def device(self, device: str) -> Any:
        """The device, or None; an unknown one makes us look into the database again, once a second at most."""
        found = self.home.device(device)
        if found is None and time.monotonic() - self._looked > 1.0:
            self._looked = time.monotonic()
            self._stale = True
            found = self.home.device(device)
        return found

    def kind(self, device: str) -> str | None:
        held = self.device(device)
        return held.kind if held else None

    def origin(self, device: str) -> str:
        held = self.home.device(device)
        return held.origin if held else "simulation"

    def watched(self, device: str, at_us: int) -> bool:
        """Whether detectors may look at this device's telemetry: worn by nobody, or by somebody who consents."""
        now = time.monotonic()
        cached = self._watched.get(device)
        if cached and now - cached[0] < 1.0:
            return cached[1]
        person = self.home.wearer(device, at_us)
        answer = person is None or self.home.readable(person, "monitoring", self._store.clock.now_us())
        self._watched[device] = (now, answer)
        return answer

    def wearer(self, device: str, at_us: int) -> str | None:
        return self.home.wearer(device, at_us)  # type: ignore[no-any-return]

    def situation(self, device: str, at_us: int) -> Situation:
        """What decide should know about a finding of `device` at that time."""
        home = self.home
        held = home.device(device)
        person_id = home.wearer(device, at_us)
        person = home.person(person_id) if person_id else None
        place = (person.bed if person and person.bed else None) or (held.place if held else None)
        name = home.place_name(home.room(place) or place)
        hour = datetime.fromtimestamp((self._store.clock.now_us() + _SHANGHAI_US) // SECOND_US, UTC).hour
        return Situation(
            person=person_id, person_name=person.name if person else "", place=place,
            place_name=name, floor=home.floor_of_device(device, at_us),
            care_level=person.care_level if person else 5, hour=hour,
            origin=held.origin if held else "simulation", can_ask=bool(held and held.kind == "band"),
        )  # fmt: skip
