"""`@indicator`: an indicator (指标) is a versioned pure function over sealed evidence. It takes no number from a person.

The decorated name becomes an `Indicator`; calling it runs the function on a view and returns its `Estimate`.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mumian.core.kernel.errors import BadInput, NotFound
from mumian.core.prove import goal as goals
from mumian.core.prove.estimate import Estimate
from mumian.core.prove.evidence import EvidenceView

Function = Callable[[EvidenceView], Estimate]
_REGISTERED: dict[str, Indicator] = {}


@dataclass(frozen=True)
class Indicator:
    """Definition of a figure. `id` begins with the scenario's name; a changed meaning needs a new `version`."""

    id: str
    clause: str
    unit: str
    goal: goals.Goal
    version: int
    title: Mapping[str, str]
    function: Function
    about: str
    source: str
    days: int
    kinds: tuple[str, ...]

    def __call__(self, view: EvidenceView) -> Estimate:
        """Run the function; nothing is remembered between calls."""
        return self.function(view)

    @property
    def scenario(self) -> str:
        """The house it belongs to."""
        return self.id.split(".")[0]

    @cached_property
    def code_digest(self) -> str:
        """SHA-256 over the sources of the room that holds the function: its module, or the package of that name."""
        file = Path(inspect.getsourcefile(self.function) or "")
        files = sorted(file.parent.glob("*.py")) if file.parent.name == "prove" else [file]
        digest = hashlib.sha256()
        for each in files:
            digest.update(each.name.encode() + b"\0" + each.read_bytes() + b"\0")
        return digest.hexdigest()


def indicator(
    *, id: str, clause: str, unit: str, goal: str, version: int, title: Mapping[str, str], source: str,
 days: int = 365, kinds: tuple[str, ...] = ("events",),
) -> Callable[[Function], Indicator]:  # fmt: skip
    """Declare an indicator.

    goal     ">=0.92", "<=60" or "=0 within 0.01": none, and the upper bound of the share is at most 0.01
    source   where the goal comes from: the plan's clause, a paper, or "house policy"
    days     how far back a figure reaches when no period is given
    kinds    kinds of segments it reads: events, points, waves; it rests on all of them in its period
    """

    def register(function: Function) -> Indicator:
        about = inspect.getdoc(function) or ""
        made = Indicator(
            id, clause, unit, goals.parse(goal), version, title, function, about, source, days, kinds
        )
        known = _REGISTERED.get(id)
        if known and known.function.__module__ != function.__module__:
            raise BadInput(
                detail=f"indicator {id} is declared in {known.function.__module__} and {function.__module__}"
            )
        _REGISTERED[id] = made
        return made

    return register


def registered(scenario: str | None = None) -> list[Indicator]:
    """All declared indicators of the scenarios that were imported, by id."""
    return sorted((i for i in _REGISTERED.values() if scenario in (None, i.scenario)), key=lambda i: i.id)


def find(id: str) -> Indicator:
    """The indicator of this id. Raises NotFound."""
    if id not in _REGISTERED:
        raise NotFound(what="indicator", id=id)
    return _REGISTERED[id]
