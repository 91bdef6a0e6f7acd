"""Where the recorded data lies (MUMIAN_DATA), and what a test does where it does not: it says so, and in CI it fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mumian.core.kernel import settings

DATA = settings.load().data


def left_out(reason: str) -> None:
    """End this test as left out; where CI=true everything must be at hand, so it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(f"left out: {reason}")


def recorded(*place: str) -> Path:
    """The file or folder of the recorded data at this place."""
    path = DATA.joinpath(*place)
    if not path.exists():
        left_out(f"no recordings at {path}: set MUMIAN_DATA")
    return path


def photographs(*place: str) -> list[Path]:
    """The recorded photographs below this place, in the order of their names; at least one."""
    found = sorted(recorded(*place).rglob("*.jpg"))
    if not found:
        left_out(f"no photographs below {DATA.joinpath(*place)}: set MUMIAN_DATA")
    return found
