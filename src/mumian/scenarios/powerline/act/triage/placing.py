"""A flight's photographs bound to its plan's shots, in the caller's transaction: photographs and findings get line, tower, phase, part.

It may run again and again while the flight's record grows: each time it says what is known by then.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import Wgs84
from mumian.scenarios.powerline.decide.coverage.ledger import Covered, Look, ledger
from mumian.scenarios.powerline.decide.coverage.required import Required, required
from mumian.scenarios.powerline.decide.review import rows
from mumian.scenarios.powerline.domain.photograph import Bound, Frame, Order, Place
from mumian.scenarios.powerline.observe.camera import orders
from mumian.scenarios.powerline.understand.binding.bind import bind


@dataclass(frozen=True, slots=True)
class Flown:
    """What was to be flown, and the record of what was. The record is read anew each time, since it grows."""

    plan: Required
    record: Path

    def orders(self) -> tuple[Order, ...]:
        """The photographs that the record tells of. RecordUnusable."""
        return orders.read(self.record, self.plan.sha256).orders


@dataclass(frozen=True, slots=True)
class Placed:
    """What binding made of the photographs, and what of the plan was seen."""

    bound: dict[str, Place]  # photograph → shot
    unbound: dict[str, str]  # photograph → why
    covered: list[Covered]


def flown(
    record: Path | None, plan: Path | None, line: str | None, *, in_flight: bool = False
) -> Flown | None:
    """Both files or neither, and of the line that was named. BadInput, PlanUnreadable, RecordUnusable.

    in_flight  the record need not be there yet
    """
    if (record is None) != (plan is None):
        raise BadInput(
            detail="--record and --plan belong together: the record tells when, the plan what; give both or neither"
        )
    if record is None or plan is None:
        return None
    asked = required(plan)
    if line is not None and line != asked.line:
        raise BadInput(
            detail=f"--line {line!r}, but {plan} is a plan of {asked.line!r}: leave out --line, or give the plan that was flown"
        )
    made = Flown(asked, record)
    if not in_flight or record.exists():
        made.orders()
    return made


def place(cur: Any, flight: str, by: Flown, unreadable: int) -> Placed:
    """Bind every photograph of the flight that is stored, and write what that gives. `unreadable`: files that could not be opened."""
    known, told = rows.stamps(cur, flight), by.orders()
    answers = bind([_frame(one) for one in known], told)
    placed = _placed(answers, told, by.plan)
    looks: dict[str, list[Look]] = defaultdict(list)
    for one, answer in zip(known, answers, strict=True):
        at = placed.bound.get(answer.name)
        rows.put(cur, flight, answer.name, at, answer.taken_us, placed.unbound.get(answer.name))
        if at is not None:
            looks[at.shot].append(Look(answer.name, one["fault"], one["sharpness"] or 0.0))
    rows.place_findings(cur, flight)
    ordered = {by.plan.by_item[o.jump_id].shot for o in told if o.jump_id in by.plan.by_item}
    loose = sum(why != "no_order" for why in placed.unbound.values())
    planned = {at.shot for at in by.plan.by_item.values()}
    placed.covered.extend(ledger(by.plan.shots, planned, ordered, looks, loose, unreadable))
    return placed


def _frame(one: dict[str, Any]) -> Frame:
    at = None if one["lat_deg"] is None else Wgs84(one["lat_deg"], one["lon_deg"])
    return Frame(one["name"], one["stamp_us"], one["step_us"] or 1_000_000, at)


def _placed(answers: list[Bound], told: tuple[Order, ...], plan: Required) -> Placed:
    bound, unbound = dict[str, Place](), dict[str, str]()
    for answer in answers:
        item = None if answer.order is None else told[answer.order].jump_id
        at = None if item is None else plan.by_item.get(item)
        if at is not None:
            bound[answer.name] = at
        else:
            unbound[answer.name] = answer.why or "no_order"
    return Placed(bound, unbound, [])
