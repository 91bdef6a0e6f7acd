"""Each required shot is seen, blurred, missing, or unbound (未定), and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from mumian.scenarios.powerline.domain.photograph import Place

State = Literal["seen", "blurred", "missing", "unbound"]
STATES: tuple[State, ...] = ("seen", "blurred", "missing", "unbound")
REASONS = ("blurred", "dark", "bright", "not_planned", "not_ordered", "no_photo", "unreadable", "not_told")


@dataclass(frozen=True, slots=True)
class Look:
    """A photograph that is bound to a shot, and whether it can be judged (`fault` None)."""

    photo: str
    fault: str | None
    sharpness: float


@dataclass(frozen=True, slots=True)
class Covered:
    """One required shot: `photo` is the best there is, also of a blurred one. `reason` is None for a seen one."""

    place: Place
    state: State
    reason: str | None = None
    photo: str | None = None


def ledger(
    required: Sequence[Place], planned: AbstractSet[str], ordered: AbstractSet[str], looks: Mapping[str, Sequence[Look]],
    unbound: int, unreadable: int,
) -> list[Covered]:  # fmt: skip
    """Of one flight.

    planned     shots that the plan takes; the rest of `required` it leaves out
    ordered     shots whose order stands in the flight's record
    looks       shot → the photographs bound to it
    unbound     photographs of the flight that could be anyone's; with one of them, a shot without photograph is not known missing
    unreadable  files that could not be opened, likewise
    """
    return [_of(p, planned, ordered, looks.get(p.shot, ()), unbound, unreadable) for p in required]


def _of(
    place: Place, planned: AbstractSet[str], ordered: AbstractSet[str], looks: Sequence[Look], unbound: int, unreadable: int
) -> Covered:  # fmt: skip
    clear = [look for look in looks if look.fault is None]
    if clear:
        return Covered(place, "seen", None, max(clear, key=lambda look: look.sharpness).photo)
    if looks:
        best = max(looks, key=lambda look: look.sharpness)
        return Covered(place, "blurred", best.fault, best.photo)
    if place.shot not in planned:
        return Covered(place, "missing", "not_planned")
    if place.shot not in ordered:
        return Covered(place, "missing", "not_ordered")
    if unbound or unreadable:
        return Covered(place, "unbound", "not_told" if unbound else "unreadable")
    return Covered(place, "missing", "no_photo")
