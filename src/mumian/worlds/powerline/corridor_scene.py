"""What stands in a scanned corridor of the world: conductors, towers, planted and harmless trees, with the truth of each.

All of it is drawn: a map knows where towers stand and nothing more. The catenary's formulas are this world's own.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mumian.core.kernel.errors import BadInput

Floats = NDArray[np.float64]
GROUND, VEGETATION, WIRE, TOWER = 2, 5, 14, 15  # ASPRS LAS 1.4 classes
HALF_WIDTH_M = 50.0
_SAFE_M = 14.0  # trees that are not planted stay so far away: beyond every rule, also when sagged
# Conductors' least height by kV: no rule is broken by the ground.
_OVER_GROUND_M = {110: 13.0, 220: 14.0, 330: 15.0, 500: 18.0, 750: 23.0}


@dataclass(frozen=True, slots=True)
class Scene:
    """What to draw. `classes`: all of them, only ground, or none (as raw scans come)."""

    first: int = 1
    spans: int = 1
    points: int = 1_000_000
    conductors: int = 6
    tension_m: float = 1200.0
    noise_m: float = 0.03
    wire_points_per_m: float = 8.0
    trees: int = 40
    planted_m: tuple[float, ...] = (1.0, 2.0, 3.0)
    classes: str = "all"
    crs: str | None = None  # None: UTM of the line; "local": metres from the first tower, no system stated
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Hung:
    """A conductor of the world: from `start` to `end`, parameter c; the lowest point s0, z0 by the closed form."""

    span: int
    start: Floats
    end: Floats
    c_m: float

    def points(self, share: Floats) -> Floats:
        """(n, 3) points at shares (n,) of the horizontal way."""
        span = float(np.hypot(*(self.end - self.start)[:2]))
        s0, z0 = self.lowest()
        xy = self.start[:2] + share[:, None] * (self.end - self.start)[:2]
        return np.column_stack([xy, z0 + self.c_m * (np.cosh((share * span - s0) / self.c_m) - 1)])

    def lowest(self) -> tuple[float, float]:
        """(station, height) of the full curve's lowest point."""
        span, rise = float(np.hypot(*(self.end - self.start)[:2])), float(self.end[2] - self.start[2])
        s0 = span / 2 - self.c_m * math.asinh(rise / (2 * self.c_m * math.sinh(span / (2 * self.c_m))))
        return s0, float(self.start[2]) - self.c_m * (math.cosh(s0 / self.c_m) - 1)

    def distance(self, places: Floats) -> Floats:
        """To each of (n, 3) places, by samples 2 cm apart: exact to 0.1 mm at a metre, and nothing of the product's."""
        span = float(np.hypot(*(self.end - self.start)[:2]))
        curve = self.points(np.linspace(0, 1, max(int(span / 0.02), 2)))
        from scipy.spatial import cKDTree

        return np.asarray(cKDTree(curve).query(places)[0], np.float64)


@dataclass
class Drawn:
    """The scene's fixed parts: small clouds with their class, and what is true of them."""

    clouds: list[tuple[Floats, int]] = field(default_factory=list)
    truth: dict[str, Any] = field(default_factory=dict)


def terrain(xy: Floats) -> Floats:
    """Ground height of the world: gentle hills of up to 4 m."""
    x, y = (xy - np.floor(xy / 10_000.0) * 10_000.0).T
    made: Floats = 40.0 + 2.5 * np.sin(x / 90.0) + 1.5 * np.cos(y / 70.0 + x / 160.0)
    return made


def draw(towers: Floats, voltage_kv: int, scene: Scene, rng: np.random.Generator) -> Drawn:
    """All but the ground, along (n, 2) towers in metres."""
    drawn = Drawn()
    hung = _conductors(towers, voltage_kv, scene, rng)
    for one in hung:
        span = float(np.hypot(*(one.end - one.start)[:2]))
        share = rng.uniform(0, 1, max(int(span * scene.wire_points_per_m), 30))
        drawn.clouds.append((one.points(share) + rng.normal(0, scene.noise_m, (len(share), 3)), WIRE))
    drawn.clouds += [(_tower(at, _arm_m(towers, voltage_kv, scene), rng), TOWER) for at in towers]
    planted: list[dict[str, Any]] = []
    for clearance_m in scene.planted_m:
        planted.append(_plant(clearance_m, hung, drawn, [(one["x"], one["y"]) for one in planted], rng))
    for _ in range(scene.trees):
        _safe_tree(towers, hung, drawn, rng)
    drawn.truth = {"conductors": [_truth(one) for one in hung], "planted": planted}
    return drawn


def _conductors(towers: Floats, voltage_kv: int, scene: Scene, rng: np.random.Generator) -> list[Hung]:
    hung = []
    for number, (a, b) in enumerate(itertools.pairwise(towers), scene.first):
        ahead = (b - a) / np.hypot(*(b - a))
        aside = np.array([-ahead[1], ahead[0]])
        c = scene.tension_m * float(rng.uniform(0.9, 1.1))
        lowest = _arm_m(towers, voltage_kv, scene)
        for k in range(scene.conductors):
            offset, level = (-7.0 if k % 2 else 7.0) + 0.3 * (k // 2), 6.0 * (k // 2)
            start, end = (
                [*(at + offset * aside), float(terrain(at[None])[0]) + lowest + level] for at in (a, b)
            )
            hung.append(Hung(number, np.array(start), np.array(end), c * float(rng.uniform(0.99, 1.01))))
    return hung


def _arm_m(towers: Floats, voltage_kv: int, scene: Scene) -> float:
    """Height of the lowest cross-arm above ground, the same for all towers: the longest span's sag over the least height."""
    least = next((h for kv, h in sorted(_OVER_GROUND_M.items()) if kv >= voltage_kv), 26.0)
    longest = float(np.hypot(*np.diff(towers, axis=0).T).max())
    return least + 8.0 + longest**2 / (8 * 0.88 * scene.tension_m)


def _tower(at: Floats, arm_m: float, rng: np.random.Generator) -> Floats:
    """A lattice mast of points: four legs and three arms."""
    height = 14.0 + arm_m
    up = rng.uniform(0, height, 4_000)
    wide = 3.5 * (1 - 0.8 * up / height)
    legs = np.column_stack([wide * rng.choice([-1, 1], 4_000), wide * rng.choice([-1, 1], 4_000), up])
    arms = np.column_stack(
        [rng.uniform(-5, 5, 900), rng.normal(0, 0.4, 900), height - 2 - 6.0 * rng.integers(0, 3, 900)]
    )
    foot = [*at, float(terrain(at[None])[0])]
    made: Floats = np.concatenate([legs, arms]) + np.array(foot)
    return made


def _crown(rng: np.random.Generator, top: Floats, radius: float, points: int) -> Floats:
    """A tree under `top`: an ellipsoid crown whose highest point is `top`, above a stem to the ground."""
    way = rng.normal(0, 1, (points, 3))
    way *= (rng.uniform(0.4, 1, points) ** (1 / 3) / np.linalg.norm(way, axis=1))[:, None]
    crown = top - [0, 0, radius] + way * radius * 0.98
    ground = float(terrain(top[None, :2])[0])
    up = rng.uniform(ground, max(top[2] - radius, ground + 0.5), points // 10)
    stem = np.column_stack([*(top[axis] + rng.normal(0, 0.1, len(up)) for axis in (0, 1)), up])
    return np.concatenate([top[None], crown, stem])


def _plant(
    clearance_m: float,
    hung: list[Hung],
    drawn: Drawn,
    others: list[tuple[float, float]],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """A tree whose top comes so near to one of the lowest conductors; the truth is measured on the points as they are stored."""
    for _ in range(200):
        span = hung[int(rng.integers(len(hung)))].span
        one = min((h for h in hung if h.span == span), key=lambda h: float(h.start[2]))
        foot = one.points(rng.uniform(0.15, 0.85, 1))[0]
        top = np.round(foot - [0, 0, clearance_m], 3)
        cloud = np.round(_crown(rng, top, 2.5, 400), 3)
        near = [place for place in others if np.hypot(*(np.array(place) - top[:2])) < 25]
        if near or top[2] - float(terrain(top[None, :2])[0]) < 4:
            continue
        drawn.clouds.append((cloud, VEGETATION))
        distance = np.min([h.distance(cloud) for h in hung if h.span == one.span], axis=0)
        at = cloud[int(distance.argmin())]
        return {
            "x": float(at[0]),
            "y": float(at[1]),
            "z": float(at[2]),
            "clearance_m": round(float(distance.min()), 4),
            "span": one.span,
        }
    raise BadInput(detail="no room along these spans for so many planted trees")


def _safe_tree(towers: Floats, hung: list[Hung], drawn: Drawn, rng: np.random.Generator) -> None:
    k = int(rng.integers(len(towers) - 1))
    ahead = towers[k + 1] - towers[k]
    aside = np.array([-ahead[1], ahead[0]]) / np.hypot(*ahead)
    xy = (
        towers[k] + rng.uniform(0.03, 0.97) * ahead + rng.uniform(-HALF_WIDTH_M + 5, HALF_WIDTH_M - 5) * aside
    )
    top = np.array([*xy, float(terrain(xy[None])[0]) + rng.uniform(4, 16)])
    cloud = _crown(rng, top, float(rng.uniform(1.5, 2.0)), 300)
    if all(float(h.distance(cloud).min()) > _SAFE_M for h in hung):
        drawn.clouds.append((cloud, VEGETATION))


def _truth(one: Hung) -> dict[str, Any]:
    s0, z0 = one.lowest()
    return {
        "span": one.span,
        "c_m": round(one.c_m, 4),
        "s0_m": round(s0, 4),
        "z0_m": round(z0, 4),
        "start": [round(float(part), 4) for part in one.start],
        "end": [round(float(part), 4) for part in one.end],
    }
