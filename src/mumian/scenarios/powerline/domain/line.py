"""Line → tower → span → conductor → component (线路 → 杆塔 → 档 → 导线 → 部位).

What a map does not know (tower kinds, heights, phases, sag) is derived elsewhere and listed in `Line.assumed`; nothing
assumed looks measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import LocalFrame, MetresAmsl, Wgs84, distance_m

TowerKind = Literal["tangent", "strain"]  # 直线塔, 耐张塔
Phase = Literal["A", "B", "C", "earth"]  # earth: the earth wire (地线)
STRAIN_ANGLE_DEG = 5.0  # a line that turns by more is held by a strain tower (assumed; maps carry no kinds)

# Code lists are data: code → (zh, en). The tower side of a utility's hazard taxonomy, without the corridor's.
COMPONENTS = {
    "tower": ("杆塔", "tower"),
    "foundation": ("基础", "foundation"),
    "insulator": ("绝缘子串", "insulator string"),
    "fitting": ("金具", "fitting"),
    "damper": ("防震锤", "vibration damper"),
    "conductor": ("导地线", "conductor or earth wire"),
    "grounding": ("接地装置", "grounding"),
    "attachment": ("附属设施", "attached plate or device"),
}


@dataclass(frozen=True, slots=True)
class Tower:
    """A tower (杆塔); `number` counts from 1 along the line. None: nobody told."""

    number: int
    at: Wgs84
    kind: TowerKind
    ground_m: MetresAmsl | None = None
    height_m: float | None = None  # ground to the highest point


@dataclass(frozen=True, slots=True)
class Conductor:
    """One wire of a span between its two attachments; heights are metres above the ground of the first tower.

    offset_m   across the line, positive to the right of the direction from `start` to `end`
    sag_m      below the straight line between the attachments, at mid span
    """

    circuit: int  # 0 for an earth wire
    phase: Phase
    offset_m: float
    start_m: float
    end_m: float
    sag_m: float


@dataclass(frozen=True, slots=True)
class Span:
    """The stretch between two neighbouring towers (档)."""

    start: Tower
    end: Tower

    @property
    def length_m(self) -> float:
        """Great-circle distance between the towers, at ground level."""
        return distance_m(self.start.at, self.end.at)


@dataclass(frozen=True, slots=True)
class Component:
    """What a photo shows: a part (key of COMPONENTS) of a circuit's phase at a tower."""

    tower: int
    circuit: int
    phase: Phase
    part: str


@dataclass(frozen=True, slots=True)
class Line:
    """A transmission line (线路); `assumed` says in sentences what is derived and not measured."""

    id: str
    name: str
    voltage_kv: int
    circuits: int
    towers: tuple[Tower, ...]
    assumed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.towers) < 2:
            raise BadInput(detail=f"line {self.id}: {len(self.towers)} towers; a line has at least two")

    @property
    def spans(self) -> tuple[Span, ...]:
        """Each pair of neighbours, in the line's order."""
        return tuple(Span(a, b) for a, b in pairwise(self.towers))


def turn_deg(before: Wgs84, at: Wgs84, after: Wgs84) -> float:
    """By how many degrees (0 to 180) the line turns at a tower; 0 where two towers coincide."""
    frame = LocalFrame(at)
    (x0, y0), (x1, y1) = frame.to_enu(before), frame.to_enu(after)
    if math.hypot(x0, y0) == 0 or math.hypot(x1, y1) == 0:
        return 0.0
    turn = math.degrees(math.atan2(y1, x1) - math.atan2(-y0, -x0))
    return abs((turn + 180.0) % 360.0 - 180.0)


def tower_kinds(places: tuple[Wgs84, ...]) -> tuple[TowerKind, ...]:
    """Kinds derived from geometry alone: the ends and every turn of more than STRAIN_ANGLE_DEG are strain. Assumed."""
    inner = (
        turn_deg(a, b, c) > STRAIN_ANGLE_DEG for a, b, c in zip(places, places[1:], places[2:], strict=False)
    )
    kinds: list[TowerKind] = ["strain" if is_strain else "tangent" for is_strain in inner]
    return ("strain", *kinds, "strain")
