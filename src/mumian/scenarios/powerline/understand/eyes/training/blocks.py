"""Blocks of untouched photographs: neighbours in number are photographs of one tower and stay together."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from mumian.scenarios.powerline.understand.eyes.scenes import Scene

_JUMP = 4.0  # a step in number so many times the usual begins a new tower


def blocks(scenes: Sequence[Scene], count: int) -> dict[str, int]:
    """Block 0 … count − 1 of each photograph that shows no broken string, by name: whole towers, dealt in turn."""
    broken = {s.family for s in scenes if len(s.defects)}
    names = sorted(
        (s.name for s in scenes if not len(s.defects) and s.family not in broken - {None}), key=_number
    )
    if not names:
        return {}
    steps = np.diff([_number(name)[0] for name in names])
    usual = float(np.median(steps)) if len(steps) else 0.0
    tower = np.concatenate([[0], np.cumsum(steps > _JUMP * max(usual, 1))]).astype(int)
    if tower[-1] + 1 < count:  # numbers tell no towers apart: equal stretches instead
        tower = np.arange(len(names)) * count // len(names)
    return {name: int(number) % count for name, number in zip(names, tower, strict=True)}


def _number(name: str) -> tuple[int, str]:
    digits = re.sub(r"\D", "", name)
    return int(digits[-9:]) if digits else 0, name
