"""Goals and verdicts: whether a figure's confidence bound passes its goal, and what is still missing when it does not.

A point estimate decides nothing here, and only field evidence can meet a goal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mumian.core.kernel.errors import BadInput
from mumian.core.prove import estimate
from mumian.core.prove.estimate import Estimate

PASSED = {"field": "met", "replay": "demonstrated", "simulation": "rehearsed"}
VERDICTS = (*PASSED.values(), "not_met", "insufficient", "void")
_FORM = re.compile(r"(>=|<=|=)\s*([0-9]+(?:\.[0-9]+)?)(?: within ([0-9]*\.?[0-9]+))?")
_SEARCH_END = 10_000_000


@dataclass(frozen=True, slots=True)
class Goal:
    """`>=0.92`, `<=60` or `=0`.

    An exact goal (`=0`) speaks about every case that was counted; since no finite count proves that it will stay so,
    the upper bound of the share must also lie within `within`.
    """

    relation: str
    bound: float
    within: float = 0.0

    def __str__(self) -> str:
        return f"{self.relation}{self.bound:g}"


def parse(text: str) -> Goal:
    """Read a goal as an indicator declares it. Raises BadInput showing the form."""
    form = _FORM.fullmatch(text)
    if not form:
        raise BadInput(detail=f"goal {text!r}: write >=0.92, <=60 or =0 within 0.01")
    return Goal(form[1], float(form[2]), float(form[3] or 0))


def verdict(found: Estimate, goal: Goal, origin: str) -> tuple[str, int | None]:
    """(verdict, how many more cases, hours or samples without a single fault would pass; None where nothing is missing)."""
    if passes(found, goal):
        return PASSED[origin], None
    if found.final and fails(found, goal):
        return "not_met", None
    return "insufficient", missing(found, goal)


def passes(found: Estimate, goal: Goal) -> bool:
    """The bound on the goal's side reaches it."""
    if goal.relation == ">=":
        return found.lower is not None and found.lower >= goal.bound
    if goal.relation == "<=":
        return found.upper is not None and found.upper <= goal.bound
    return found.value == goal.bound and found.upper is not None and found.upper <= goal.within


def fails(found: Estimate, goal: Goal) -> bool:
    """The bound on the far side lies outside the goal, so that more evidence of the same kind would not help."""
    if goal.relation == ">=":
        return found.upper is not None and found.upper < goal.bound
    if goal.relation == "<=":
        return found.lower is not None and found.lower > goal.bound
    return found.value is not None and found.value != goal.bound


def missing(found: Estimate, goal: Goal) -> int | None:
    """The least number of further faultless cases after which the goal would pass; None when no number is known."""
    if found.method == estimate.CENSUS:
        return max(0, round(goal.bound - (found.value or 0))) if goal.relation == ">=" else None
    return _least(
        lambda more: passes(estimate.with_faultless(found, more, rising=goal.relation == ">="), goal)
    )


def _least(enough: Callable[[int], bool]) -> int | None:
    """The least m ≥ 1 with enough(m), for a predicate that stays true once it is."""
    high = 1
    while not enough(high):
        high *= 2
        if high > _SEARCH_END:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
