"""The houses that stand, in the plan's order: `ALL`. Read late, since a file command needs one house's command only."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mumian.core.scenario import Scenario

    ALL: tuple[Scenario, ...]

NAMES = ("eldercare",)


def __getattr__(name: str) -> object:
    if name == "ALL":
        return tuple(import_module(f"{__name__}.{house}.scenario").SCENARIO for house in NAMES)
    raise AttributeError(name)
