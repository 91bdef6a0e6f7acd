"""A day of one resident: everyday trials joined by quiet sitting and standing, and a fall now and then.

Joins are made so that they cannot look like an impact: gravity turns slowly at 1 g from where one trial ended to where
the next begins, and the first and last 0.4 s of a trial are faded into that quiet signal.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mumian.worlds.eldercare.trials import G_MPS2, RATE_HZ, Signal, Source, Trial

FADE = round(0.4 * RATE_HZ)
EDGE = RATE_HZ // 2  # samples from which gravity at an edge is taken
QUIET_S = (6.0, 25.0)
LYING_S = (60.0, 120.0)  # on the floor after a fall, until somebody has come
STANDING = (-0.971, 0.155, 0.182)  # unit vector of gravity on a wrist that hangs down
_NOISE_MPS2 = 0.05


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the day. `trial` is None for a quiet piece; `lying` marks the time on the floor after a fall."""

    signal: Signal
    trial: Trial | None = None
    lying: bool = False


def stretches(
    source: Source, rng: random.Random, fall_every_s: float, first_fall_s: float | None = None
) -> Iterator[Stretch]:
    """An endless day. Falls come as a Poisson process, `fall_every_s` seconds apart on average (0: never).

    first_fall_s: begin with so much quiet and then the trial of a fall, for demonstrations and tests.
    """
    clock_s, next_fall_s = 0.0, _next_fall(source, rng, fall_every_s)
    quiet_s, here = rng.uniform(*QUIET_S), np.array(STANDING)
    if first_fall_s is not None and source.falls:
        quiet_s = next_fall_s = first_fall_s
    while True:
        falling = clock_s + quiet_s >= next_fall_s
        trial = source.load(rng.choice(source.falls if falling else source.everyday))
        yield Stretch(turn(here, _direction(trial.signal[:EDGE]), quiet_s, rng))
        yield Stretch(fade(trial.signal), trial)
        clock_s += quiet_s + trial.seconds
        quiet_s, here = rng.uniform(*QUIET_S), _direction(trial.signal[-EDGE:])
        if falling:
            lying_s = rng.uniform(*LYING_S)
            yield Stretch(turn(here, here, lying_s, rng), lying=True)
            clock_s += lying_s
            next_fall_s = clock_s + _next_fall(source, rng, fall_every_s)


def _next_fall(source: Source, rng: random.Random, every_s: float) -> float:
    return rng.expovariate(1 / every_s) if every_s > 0 and source.falls else float("inf")


def _direction(part: Signal) -> Signal:
    """Unit vector of gravity in a part of a signal."""
    mean = part.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / length if length > 0.1 * G_MPS2 else np.array([0.0, 0.0, 1.0])


def turn(start: Signal, end: Signal, seconds: float, rng: random.Random) -> Signal:
    """Quiet at 1 g while the direction of gravity turns from `start` to `end` along the great circle."""
    n = max(FADE, round(seconds * RATE_HZ))
    share = (1 - np.cos(np.pi * np.clip(np.linspace(-0.2, 1.2, n), 0, 1))) / 2
    angle = float(np.arccos(np.clip(start @ end, -1, 1)))
    side = end - (start @ end) * start
    if np.linalg.norm(side) < 1e-6:  # the same or the opposite direction: any way round will do
        side = np.cross(start, np.eye(3)[int(np.argmin(np.abs(start)))])
    side = side / np.linalg.norm(side)
    way = np.outer(np.cos(share * angle), start) + np.outer(np.sin(share * angle), side)
    noise = np.random.default_rng(rng.getrandbits(63)).normal(0, _NOISE_MPS2, (n, 3))
    return np.asarray(way * G_MPS2 + noise)


def fade(signal: Signal) -> Signal:
    """The trial with its two edges faded into gravity at 1 g."""
    out = signal.copy()
    weight = np.linspace(0, 1, FADE, endpoint=False)[:, None]
    first, last = _direction(signal[:EDGE]) * G_MPS2, _direction(signal[-EDGE:]) * G_MPS2
    out[:FADE] = weight * signal[:FADE] + (1 - weight) * first
    out[-FADE:] = weight[::-1] * signal[-FADE:] + (1 - weight[::-1]) * last
    return out
