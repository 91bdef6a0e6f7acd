"""One resident's wristband: turns a day's signal into the messages of the device protocol, and answers when it is asked.

It knows no socket and no wall clock: whoever drives it tells it how far the world's time has come.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mumian.core.kernel.clock import SECOND_US, iso
from mumian.worlds.eldercare.day import Stretch
from mumian.worlds.eldercare.trials import RATE_HZ, Signal

FALLEN_US = 45 * SECOND_US  # so long after a fall the wearer answers as one who has fallen
ANSWER_S = (2.0, 8.0)
HELP_SHARE = 0.3  # of those who fell, the rest stay silent
OK_SHARE = 0.6  # of those who did not


@dataclass(frozen=True, slots=True)
class Message:
    """What goes up on `mumian/{device}/{leaf}`; its number is given when it is queued."""

    leaf: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Truth:
    """What the world knows about a trial that was played."""

    kind: str
    from_us: int
    until_us: int
    recording: str

    def body(self, device: str) -> dict[str, str]:
        """As it goes out on `truth/eldercare/{device}`."""
        span = {"from": iso(self.from_us), "until": iso(self.until_us)}
        return {"device": device, "kind": self.kind, **span, "recording": self.recording}


@dataclass(slots=True)
class Band:
    """A band that began at `start_us` of the world's time. `skew_us` is the error of its own clock."""

    device: str
    day: Iterator[Stretch]
    rng: random.Random
    start_us: int
    skew_us: int = 0
    vitals_every_s: float = 10.0
    second: int = 0
    battery_percent: float = 100.0
    fell_us: int | None = None  # world time of the last fall
    _buffer: Signal = field(default_factory=lambda: np.empty((0, 3)))
    _vitals_told: int = 0
    _played: int = 0  # samples of the day that were put into the buffer
    _truths: list[Truth] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.battery_percent = self.rng.uniform(55, 100)

    @property
    def due_us(self) -> int:
        """World time at which the next second of signal is complete."""
        return self.start_us + (self.second + 1) * SECOND_US

    def next_second(self) -> list[Message]:
        """The messages of the second that ends at `due_us`: acceleration, and the vital signs that fall into it."""
        at_us = self.start_us + self.second * SECOND_US + self.skew_us
        self._fill(RATE_HZ)
        batch, self._buffer = self._buffer[:RATE_HZ], self._buffer[RATE_HZ:]
        x, y, z = np.round(batch.T, 3).tolist()
        out = [
            Message("accel", {"time": iso(at_us), "rate_hz": RATE_HZ, "unit": "m/s2", "x": x, "y": y, "z": z})
        ]
        self.second += 1
        while self._vitals_told * self.vitals_every_s < self.second:
            told_us = (
                self.start_us + self.skew_us + round(self._vitals_told * self.vitals_every_s * 1000) * 1000
            )
            out.append(Message("obs", {"time": iso(told_us), "values": self._vitals()}))
            self._vitals_told += 1
        return out

    def truths(self) -> list[Truth]:
        """What has been played to its end since the last call."""
        now_us = self.due_us - SECOND_US + self.skew_us
        done = [t for t in self._truths if t.until_us <= now_us]
        self._truths = [t for t in self._truths if t.until_us > now_us]
        for fall in (t for t in done if t.kind == "fall"):
            self.fell_us = fall.until_us - self.skew_us
        return done

    def answer(self, world_us: int) -> tuple[str, float] | None:
        """(answer, seconds until it is pressed) to a question asked now; None for silence."""
        fallen = self.fell_us is not None and world_us - self.fell_us < FALLEN_US
        delay_s = self.rng.uniform(*ANSWER_S)
        if fallen:
            return ("help", delay_s) if self.rng.random() < HELP_SHARE else None
        return ("ok", delay_s) if self.rng.random() < OK_SHARE else None

    def _fill(self, n: int) -> None:
        parts, have = [self._buffer], len(self._buffer)
        while have < n:
            stretch = next(self.day)
            self._note(stretch)
            parts.append(stretch.signal)
            have += len(stretch.signal)
            self._played += len(stretch.signal)
        if len(parts) > 1:
            self._buffer = np.concatenate(parts)

    def _note(self, stretch: Stretch) -> None:
        if stretch.trial is None:
            return
        zero_us = self.start_us + self.skew_us + self._played * SECOND_US // RATE_HZ
        fall = stretch.trial.fall
        begin, end = fall or (0.0, stretch.trial.seconds)
        span = (zero_us + round(begin * SECOND_US), zero_us + round(end * SECOND_US))
        self._truths.append(Truth("fall" if fall else "adl", *span, stretch.trial.name))

    def _vitals(self) -> dict[str, float | bool]:
        self.battery_percent = max(16.0, self.battery_percent - 0.002)
        moving = float(np.std(self._buffer[:RATE_HZ])) if len(self._buffer) else 0.0
        return {
            "heart_rate_bpm": round(self.rng.gauss(72 + min(30.0, 4 * moving), 2)),
            "spo2_percent": min(100, round(self.rng.gauss(96.8, 0.6))),
            "temperature_c": round(self.rng.gauss(36.5, 0.1), 1),
            "battery_percent": round(self.battery_percent),
            "worn": True,
        }
