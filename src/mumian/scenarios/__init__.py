"""The houses that stand, in the plan's order: `ALL`, and those that one home runs: `of`.

Read late, since a file command needs one house's command only.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from mumian.core.kernel.errors import BadInput

if TYPE_CHECKING:
    from mumian.core.scenario import Scenario

    ALL: tuple[Scenario, ...]

NAMES = ("powerline", "eldercare")


def __getattr__(name: str) -> object:
    if name == "ALL":
        return tuple(_house(name) for name in NAMES)
    raise AttributeError(name)


def of(houses: Sequence[str]) -> tuple[Scenario, ...]:
    """The named houses, in the plan's order. Raises BadInput for one that does not stand."""
    if unknown := sorted(set(houses) - set(NAMES)):
        raise BadInput(detail=f"MUMIAN_HOUSES: no house {unknown[0]!r}; there are {', '.join(NAMES)}")
    return tuple(_house(name) for name in NAMES if name in houses)


def _house(name: str) -> Scenario:
    made: Scenario = import_module(f"{__name__}.{name}.scenario").SCENARIO
    return made
