"""Playing: N bands, one clock of the world, the truth beside them. Ends on SIGTERM or after the seconds it was given."""

from __future__ import annotations

import heapq
import json
import random
import ssl
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from mumian.core.kernel.clock import SECOND_US, Clock, iso
from mumian.worlds.eldercare import day
from mumian.worlds.eldercare.band import Band
from mumian.worlds.eldercare.outbox import Journal, Outbox
from mumian.worlds.eldercare.trials import Source
from mumian.worlds.eldercare.wire import Credential, Faults, Wires

WORLD = "world"
PROGRESS_S = 10.0
UNPLANNED_S = 600.0
DRAIN_S = 5.0
CATCH_UP = 20  # seconds of signal one band may send in one go when it is behind


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be played, and how."""

    bands: Sequence[Credential]
    world: Credential | None
    host: str
    port: int
    tls: ssl.SSLContext | None = None
    seed: int = 1
    speed: float = 1.0
    seconds: float = 0.0  # of wall clock; 0: until SIGTERM
    fall_every_s: float = 3600.0
    first_fall_s: float | None = None
    skew_s: float = 0.0
    vitals_every_s: float = 10.0
    faults: Faults = field(default_factory=Faults)
    state: Path | None = None


@dataclass(slots=True)
class WorldClock:
    """The world's time. Faster than 1 it begins in the past and never overtakes the present: see docs/worlds.md."""

    clock: Clock
    speed: float
    lead_s: float
    _wall_us: int = 0
    _start_us: int = 0

    def __post_init__(self) -> None:
        self._wall_us = self.clock.now_us()
        self._start_us = self._wall_us - round(self.lead_s * SECOND_US)

    def now_us(self) -> int:
        """World time; at most the wall's."""
        wall_us = self.clock.now_us()
        return min(wall_us, self._start_us + round((wall_us - self._wall_us) * self.speed))


def lead_s(speed: float, seconds: float) -> float:
    """How far in the past a faster world begins, so that it meets the present when its time is up."""
    return max(0.0, speed - 1) * (seconds or UNPLANNED_S)


@dataclass(slots=True)
class Player:
    """Drives the bands. `stop` ends it."""

    plan: Plan
    source: Source
    clock: Clock
    stop: Event = field(default_factory=Event)
    falls: int = 0
    _asked: list[tuple[float, str, str, str]] = field(default_factory=list)
    _bands: dict[str, Band] = field(default_factory=dict)
    _boxes: dict[str, Outbox] = field(default_factory=dict)
    _fresh: set[str] = field(default_factory=set)

    def run(self) -> dict[str, Any]:
        """Play until stopped; returns the counts."""
        plan, rng = self.plan, random.Random(self.plan.seed)
        world = WorldClock(self.clock, plan.speed, lead_s(plan.speed, plan.seconds))
        journal = Journal(plan.state)
        wires = Wires(
            plan.host, plan.port, lambda d, c: self._command(d, c, world), plan.faults, rng, tls=plan.tls
        )
        self._set_up(world.now_us(), journal, wires)
        due = [(band.due_us, device) for device, band in self._bands.items()]
        heapq.heapify(due)
        began_s = told_s = again_s = time.monotonic()
        _tell(
            {
                "playing": self.source.origin,
                "bands": len(self._bands),
                "speed": plan.speed,
                "from": iso(world.now_us()),
            }
        )
        while not self.stop.is_set() and not (plan.seconds and time.monotonic() - began_s >= plan.seconds):
            wires.turn(0.02)
            self._play(due, world.now_us(), wires)
            self._answer(world)
            journal.keep(self._boxes.items())
            again_s = self._send(wires, again_s)
            if time.monotonic() - told_s >= PROGRESS_S:
                told_s = time.monotonic()
                _tell(self._progress(wires, world))
        self._drain(wires, journal)
        said = self._progress(wires, world)
        _tell({**said, "ended": True})
        return said

    def _send(self, wires: Wires, again_s: float) -> float:
        """New messages at once; every half second a look at what has to go out again."""
        now_s = time.monotonic()
        again = now_s - again_s >= 0.5
        for device in self._boxes if again else self._fresh:
            wires.send(device)
        self._fresh.clear()
        return now_s if again else again_s

    def _set_up(self, start_us: int, journal: Journal, wires: Wires) -> None:
        plan = self.plan
        for k, credential in enumerate(plan.bands):
            rng = random.Random(f"{plan.seed}:{credential.device}")
            first = plan.first_fall_s if k == 0 else None
            lived = day.stretches(self.source, rng, plan.fall_every_s, first)
            skew_us = round(rng.uniform(-plan.skew_s, plan.skew_s) * SECOND_US)
            phase_us = round(rng.random() * 1000) * 1000  # whole milliseconds, as the protocol's time stamps
            start_ms_us = start_us // 1000 * 1000 - phase_us
            self._bands[credential.device] = Band(
                credential.device, lived, rng, start_ms_us, skew_us // 1000 * 1000, plan.vitals_every_s
            )
            self._boxes[credential.device] = journal.read(credential.device)
            wires.add(credential, self._boxes[credential.device])
        if plan.world:
            wires.add(plan.world, Outbox())

    def _play(self, due: list[tuple[int, str]], now_us: int, wires: Wires) -> None:
        while due and due[0][0] <= now_us:
            _, device = heapq.heappop(due)
            band, box = self._bands[device], self._boxes[device]
            for _ in range(CATCH_UP):
                if band.due_us > now_us:
                    break
                self._fresh.add(device)
                for message in band.next_second():
                    box.put(message.leaf, message.body)
                self._tell_truth(band, wires)
            heapq.heappush(due, (band.due_us, device))
            if band.due_us <= now_us:
                break

    def _tell_truth(self, band: Band, wires: Wires) -> None:
        for truth in band.truths():
            self.falls += truth.kind == "fall"
            if self.plan.world:
                wires.tell(f"truth/eldercare/{band.device}", truth.body(band.device), wires.lines[WORLD])

    def _command(self, device: str, command: Mapping[str, Any], world: WorldClock) -> None:
        if command.get("kind") != "ask" or device not in self._bands:
            return
        answer = self._bands[device].answer(world.now_us())
        if answer:
            word, delay_s = answer
            heapq.heappush(self._asked, (time.monotonic() + delay_s, device, str(command["id"]), word))

    def _answer(self, world: WorldClock) -> None:
        while self._asked and self._asked[0][0] <= time.monotonic():
            _, device, command, word = heapq.heappop(self._asked)
            self._fresh.add(device)
            self._boxes[device].put(
                "reply", {"time": iso(world.now_us()), "command": command, "answer": word}
            )

    def _drain(self, wires: Wires, journal: Journal) -> None:
        """Give what is under way some seconds to be confirmed; the rest is kept in the state file."""
        wires.faults = Faults()
        until_s = time.monotonic() + DRAIN_S
        while time.monotonic() < until_s and self._waiting(wires):
            wires.turn(0.05)
            for device in self._boxes:
                wires.send(device)
        for box in self._boxes.values():
            box.changed = True
        journal.keep(self._boxes.items())
        wires.close()

    def _waiting(self, wires: Wires) -> bool:
        return any(box.pending and wires.lines[device].connected for device, box in self._boxes.items())

    def _progress(self, wires: Wires, world: WorldClock) -> dict[str, Any]:
        lines = [wires.lines[device] for device in self._bands]
        refused = next((line.refused for line in lines if line.refused), "")
        counts = {name: getattr(wires.counts, name) for name in wires.counts.__dataclass_fields__}
        return {
            "world_time": iso(world.now_us()), "connected": sum(line.connected for line in lines), "falls": self.falls,
            "pending": sum(len(box.pending) for box in self._boxes.values()), **counts,
            **({"refused": refused} if refused else {}),
        }  # fmt: skip


def _tell(said: Mapping[str, Any]) -> None:
    print(json.dumps(said, ensure_ascii=False), file=sys.stdout, flush=True)
