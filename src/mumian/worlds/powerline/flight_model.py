"""A multirotor as a point with mass: limited acceleration and speed, wind with gusts, a battery that runs down.

It follows legs with a velocity controller that also corrects across the leg, so it overshoots and drifts as a real one does
and never jumps to a waypoint. Metres east, north and up of home; seconds; m/s. Wind: first-order Gauss–Markov gusts
(the Dryden model's first-order form, MIL-F-8785C).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field

Vector = tuple[float, float, float]

_ACCELERATION_MPS2, _CLIMB_MPS, _SINK_MPS = 3.0, 3.0, 2.0
_FOLLOW_PER_S = 1.6  # how fast a velocity error is worked off
_CROSS_PER_S = 0.9  # metres beside the leg to m/s back to it
_DRAG_PER_S = 0.25  # how much of the wind's speed past the airframe becomes acceleration
_GUST_S = 4.0
_HOVER_W, _DRAG_W_PER_MPS = 320.0, 9.0
_GRAVITY_STEP_S = 0.05  # longest step that the controller is stable with


@dataclass
class Multirotor:
    """State and wind; `step` moves it towards `target` along the leg from `leg_from`."""

    at: Vector = (0.0, 0.0, 0.0)
    velocity: Vector = (0.0, 0.0, 0.0)
    target: Vector = (0.0, 0.0, 0.0)
    leg_from: Vector = (0.0, 0.0, 0.0)
    cruise_mps: float = 6.0
    flying: bool = False
    battery_wh: float = 90.0
    capacity_wh: float = 90.0
    wind: Vector = (0.0, 0.0, 0.0)
    gust_mps: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    _gust: Vector = (0.0, 0.0, 0.0)

    def go(self, to: Vector) -> None:
        """A new leg from here to `to`."""
        self.leg_from, self.target = self.at, to

    def step(self, seconds: float) -> None:
        """Let so much time pass."""
        while seconds > 1e-9:
            once = min(seconds, _GRAVITY_STEP_S)
            self._step(once)
            seconds -= once

    def is_at(self, to: Vector, within_m: float) -> bool:
        return math.dist(self.at, to) <= within_m

    @property
    def battery_percent(self) -> int:
        return max(0, round(100 * self.battery_wh / self.capacity_wh))

    @property
    def speed_mps(self) -> float:
        return math.hypot(self.velocity[0], self.velocity[1])

    def _step(self, dt: float) -> None:
        if not self.flying:
            self.velocity = (0.0, 0.0, 0.0)
            return
        self._blow(dt)
        wanted = self._wanted()
        air = tuple(w + g - v for w, g, v in zip(self.wind, self._gust, self.velocity, strict=True))
        push = [_FOLLOW_PER_S * (w - v) for w, v in zip(wanted, self.velocity, strict=True)]
        size = math.hypot(*push)
        scale = min(1.0, _ACCELERATION_MPS2 / size) if size else 1.0
        self.velocity = _vector(v + dt * (p * scale + _DRAG_PER_S * a * 0.2)
                                for v, p, a in zip(self.velocity, push, air, strict=True))  # fmt: skip
        self.at = _vector(x + dt * v for x, v in zip(self.at, self.velocity, strict=True))
        self.battery_wh -= (_HOVER_W + _DRAG_W_PER_MPS * math.hypot(*air)) * dt / 3600

    def _blow(self, dt: float) -> None:
        keep = math.exp(-dt / _GUST_S)
        spread = self.gust_mps * math.sqrt(1 - keep * keep)
        self._gust = _vector(g * keep + spread * self.chance.gauss(0, 1) for g in self._gust)

    def _wanted(self) -> Vector:
        """Along the leg at a speed from which it can still stop, and back towards the leg."""
        left = _vector(t - x for t, x in zip(self.target, self.at, strict=True))
        distance = math.hypot(*left)
        if distance < 1e-6:
            return (0.0, 0.0, 0.0)
        speed = min(
            self.cruise_mps, math.sqrt(2 * 0.5 * _ACCELERATION_MPS2 * distance), 0.8 * distance + 0.05
        )
        beside = self._beside()
        wanted = [speed * part / distance + _CROSS_PER_S * b for part, b in zip(left, beside, strict=True)]
        wanted[2] = max(-_SINK_MPS, min(_CLIMB_MPS, wanted[2]))
        return _vector(wanted)

    def _beside(self) -> Vector:
        """From here straight to the nearest point of the leg."""
        leg = _vector(t - f for t, f in zip(self.target, self.leg_from, strict=True))
        length2 = sum(part * part for part in leg)
        if length2 < 1e-6:
            return (0.0, 0.0, 0.0)
        along = sum((x - f) * part for x, f, part in zip(self.at, self.leg_from, leg, strict=True)) / length2
        along = max(0.0, min(1.0, along))
        return _vector(f + along * part - x for f, part, x in zip(self.leg_from, leg, self.at, strict=True))


def _vector(values: Iterable[float]) -> Vector:
    east, north, up = values
    return float(east), float(north), float(up)
