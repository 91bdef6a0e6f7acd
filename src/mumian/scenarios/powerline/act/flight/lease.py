"""Who commands a vehicle: one holder at a time, for ten seconds that it must renew; a take-over is on the record.

`Lease` is the rule, on values; `LeaseFile` keeps one for all processes of this machine. Emergency orders (return, land, stop)
need no lease and are recorded all the same.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mumian.core.kernel.clock import SECOND_US, Clock, iso
from mumian.scenarios.powerline.act.flight.refusals import LeaseHeld

LEASE_S = 10


@dataclass(frozen=True, slots=True)
class Lease:
    """`holder` commands `vehicle` until `until_us`; `taken_from` is whoever held it when it was taken over, in words."""

    vehicle: str
    holder: str
    until_us: int
    taken_from: str | None = None
    since_us: int | None = None  # when this holder got it; renewing changes nothing
    pid: int | None = None  # of a holder on this machine: a lease dies with its process
    words: str | None = None  # who that is, for people; the holder's own name where it gave none

    @property
    def who(self) -> str:
        return self.words or self.holder


def granted(held: Lease | None, vehicle: str, holder: str, now_us: int, *, take_over: bool = False) -> Lease:
    """A new or renewed lease; LeaseHeld while another's runs, unless it is taken over (which the lease then says)."""
    until_us = now_us + LEASE_S * SECOND_US
    if held is None or held.holder == holder or held.until_us <= now_us:
        if held is not None and held.holder == holder and held.until_us > now_us:
            return Lease(vehicle, holder, until_us, held.taken_from, held.since_us or now_us)
        kept = held.taken_from if held is not None and held.holder == holder else None
        return Lease(vehicle, holder, until_us, kept, now_us)
    if not take_over:
        raise LeaseHeld(
            state="held", action="command", vehicle=vehicle, holder=held.who, until=iso(held.until_us)
        )
    return Lease(vehicle, holder, until_us, held.who, now_us)


class LeaseFile:
    """One lease on this machine, guarded by a lock; the audit stands beside it, one JSON line an event.

    holder  must be nobody else's: who says the same has the same lease
    words   who that is, for people: a plan and a station, a person's name
    """

    def __init__(
        self, vehicle: str, holder: str, clock: Clock, folder: Path | None = None, *, words: str | None = None
    ) -> None:
        self.vehicle, self.holder, self.words, self._clock = vehicle, holder, words, clock
        kept = (
            folder
            or Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
            / f"mumian-leases-{os.getuid()}"
        )
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = kept / f"{hashlib.sha256(vehicle.encode()).hexdigest()[:16]}.json"
        self.audit = self._path.with_suffix(".audit.jsonl")

    def take(self, *, take_over: bool = False) -> Lease:
        """Get or renew it; LeaseHeld otherwise."""
        with self._locked() as file:
            held = _lease(file.read())
            if held is not None and held.holder != self.holder and not _lives(held.pid):
                held = None
            lease = granted(held, self.vehicle, self.holder, self._clock.now_us(), take_over=take_over)
            _replace(file, json.dumps(asdict(replace(lease, pid=os.getpid(), words=self.words))))
        if held is None or held.holder != self.holder:
            self.write("taken over" if lease.taken_from else "taken", taken_from=lease.taken_from)
        return lease

    def held(self) -> Lease | None:
        """Who has it now; None where nobody does, or whoever did has ended."""
        with self._locked() as file:
            held = _lease(file.read())
        if held is None or held.until_us <= self._clock.now_us() or not _lives(held.pid):
            return None
        return held

    def give_back(self) -> None:
        """Only what is ours: a lease that was taken over stays with whoever has it."""
        with self._locked() as file:
            held = _lease(file.read())
            if held is not None and held.holder == self.holder:
                _replace(file, "")
        self.write("given back")

    def write(self, event: str, **facts: Any) -> None:
        """One line of the audit."""
        row = {
            "time": iso(self._clock.now_us()),
            "vehicle": self.vehicle,
            "holder": self.holder,
            **({"words": self.words} if self.words else {}),
            "event": event,
            **facts,
        }
        with self.audit.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[Any]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _lives(pid: int | None) -> bool:
    """Whether the process still runs; True where none is named."""
    if pid is None:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _replace(file: Any, text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def _lease(text: str) -> Lease | None:
    try:
        return Lease(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None  # half a line of a killed process: nobody holds it
