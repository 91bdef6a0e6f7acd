"""The one clock. Everything that waits or stamps takes a `Clock`; tests hand in a `ManualClock`.

Instants are integers: microseconds since 1970-01-01T00:00:00Z (`_us`), the unit of every stored stamp.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

from mumian.core.kernel.errors import BadInput

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
_FIRST_MS, _LAST_MS = (
    -62_135_596_800_000,
    253_402_300_800_000,
)  # the years 1 to 9999, which ISO 8601 can write


class Clock(Protocol):
    """What the time is."""

    def now_us(self) -> int:
        """Microseconds since the epoch, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        return time.time_ns() // 1000


class ManualClock:
    """A clock that stands still until `advance` moves it; for tests."""

    def __init__(self, now_us: int = 1_700_000_000 * SECOND_US) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        return self._now_us

    def advance(self, seconds: float) -> None:
        self._now_us += round(seconds * SECOND_US)


def iso(us: int) -> str:
    """ISO 8601 in UTC with milliseconds: `2026-11-24T06:05:32.120Z`."""
    stamp = datetime.fromtimestamp(us // SECOND_US, UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{us % SECOND_US // 1000:03d}Z"


def iso_us(us: int) -> str:
    """ISO 8601 in UTC with all six digits, for what must read back to the same instant."""
    stamp = datetime.fromtimestamp(us // SECOND_US, UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{us % SECOND_US:06d}Z"


def parse(value: object, what: str = "time") -> int:
    """ISO 8601 with zone, or epoch milliseconds, to microseconds UTC.

    Raises BadInput for anything else: a stamp without a zone is refused, since guessing costs eight hours in Guangzhou.
    """
    if isinstance(value, bool):
        raise BadInput(detail=f"{what} is {value!r}: give ISO 8601 with a zone or epoch milliseconds")
    if isinstance(value, int | float):
        return _from_ms(value, what)
    if isinstance(value, datetime):
        stamp = value
    elif isinstance(value, str):
        try:
            stamp = datetime.fromisoformat(value)
        except ValueError:
            raise BadInput(
                detail=f"{what} {value[:40]!r}: give ISO 8601 such as 2026-11-24T06:05:32Z"
            ) from None
    else:
        raise BadInput(detail=f"{what} is missing: give ISO 8601 with a zone or epoch milliseconds")
    if stamp.tzinfo is None:
        raise BadInput(detail=f"{what} {value!r} has no zone: end it with Z or +08:00")
    at_us = round(stamp.replace(microsecond=0).timestamp()) * SECOND_US + stamp.microsecond
    if (
        not _FIRST_MS * 1000 < at_us < _LAST_MS * 1000
    ):  # a zone can carry the first and the last day over the edge
        raise BadInput(detail=f"{what} {value!r}: a time between the years 1 and 9999 is meant")
    return at_us


def _from_ms(value: float, what: str) -> int:
    if not _FIRST_MS < value < _LAST_MS:  # also false for NaN
        raise BadInput(detail=f"{what} {value!r}: epoch milliseconds between the years 1 and 9999 are meant")
    return round(value * 1000)
