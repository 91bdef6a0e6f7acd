"""Which photographs a tower needs, and which of them a flight takes.

A photograph counts for a component if it is near enough for the ground sampling distance, looks at it, and is taken from its
side of the line. Required shots are derived anew from line and rules, so a plan cannot leave one out by not naming it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mumian.scenarios.powerline.decide.plan.flight import Flight, Photo, Point
from mumian.scenarios.powerline.decide.plan.rules import Rules
from mumian.scenarios.powerline.decide.plan.structure import Pylon, Works


@dataclass(frozen=True, slots=True)
class Target:
    """A component that must be photographed. side: +1 from the right, -1 from the left, 0 from either."""

    id: str
    tower: int
    circuit: int
    phase: str
    part: str
    at: Point
    side: int
    gsd_mm: float


def targets(works: Works, pylon: Pylon, rules: Rules) -> tuple[Target, ...]:
    """The components of a tower: every insulator string, both earth wire fittings, the foundation."""
    found = []
    for position in works.positions:
        x, y, height_m = pylon.tip(works.structure, position)
        side = 0 if position.share == 0 else int(math.copysign(1, position.share))
        if position.phase == "earth":
            name, part, at = f"earth-{'R' if side > 0 else 'L'}", "fitting", (x, y, height_m)
        else:
            name, part = f"{position.circuit}{position.phase}", "insulator"
            at = (x, y, height_m - works.structure.string_m / 2)
        found.append(
            Target(
                f"{pylon.number}-{name}-{part}",
                pylon.number,
                position.circuit,
                position.phase,
                part,
                at,
                side,
                rules.photo.component_gsd_mm,
            )
        )
    foot = (pylon.x, pylon.y, pylon.ground_m + 1.0)
    found.append(
        Target(
            f"{pylon.number}-foundation",
            pylon.number,
            0,
            "-",
            "foundation",
            foot,
            0,
            rules.photo.overview_gsd_mm,
        )
    )
    return tuple(found)


def shows(photo: Photo, target: Target, pylon: Pylon, rules: Rules) -> bool:
    """Whether the photograph is one of the target."""
    return (
        photo.towards is not None
        and math.dist(photo.at, target.at) <= rules.camera.reach_m(target.gsd_mm) + 0.01
        and _angle_deg(photo.at, photo.towards, target.at) <= rules.photo.aim_deg
        and is_on_side(photo.at, target, pylon)
    )


def is_on_side(at: Point, target: Target, pylon: Pylon) -> bool:
    """Whether a place lies on the target's side of the line."""
    across = (at[0] - pylon.x) * pylon.right[0] + (at[1] - pylon.y) * pylon.right[1]
    return target.side == 0 or across * target.side > 0


def missing(flight: Flight, wanted: tuple[Target, ...], pylon: Pylon, rules: Rules) -> list[Target]:
    """The targets that no photograph of the flight shows."""
    near = [p for p in flight.photos if math.dist(p.at[:2], (pylon.x, pylon.y)) < 500.0]
    return [t for t in wanted if not any(shows(p, t, pylon, rules) for p in near)]


def _angle_deg(eye: Point, towards: Point, at: Point) -> float:
    a, b = ([q - e for q, e in zip(point, eye, strict=True)] for point in (towards, at))
    size = math.hypot(*a) * math.hypot(*b)
    if size == 0:
        return 180.0
    cosine = sum(p * q for p, q in zip(a, b, strict=True)) / size
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
