"""A photograph and the moment it was ordered: what camera and autopilot each say, before anybody says that they are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mumian.core.kernel.geo import Wgs84

Unbound = Literal["no_time", "no_clock", "no_order", "rivals", "elsewhere"]
"""Why a photograph belongs to no order of the flight.

no_time    it carries neither time nor place
no_clock   its camera's clock cannot be set against the autopilot's: too few photographs, too even a rhythm, or another flight's record
no_order   the camera took it, the record tells of no order at that time
rivals     two orders or two photographs lie too close together to tell apart
elsewhere  the time fits and the place does not
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """A photograph by its own word. `taken_us`: by the camera's clock (UTC if it knows its zone); `step_us`: that stamp's resolution."""

    name: str
    taken_us: int | None = None
    step_us: int = 1_000_000
    at: Wgs84 | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A photograph by the record's word: the plan's item (doJumpId) that ordered it, by our clock. None: not the plan's."""

    jump_id: int | None
    at_us: int
    at: Wgs84 | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """One photograph's order, its time by our clock, or why it has none."""

    name: str
    order: int | None  # index among the orders
    taken_us: int | None = None
    why: Unbound | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where on a line a photograph looks: tower → circuit → phase → component. `shot` is the plan's id of it."""

    shot: str
    tower: int
    circuit: int
    phase: str
    part: str
