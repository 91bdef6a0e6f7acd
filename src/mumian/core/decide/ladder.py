"""The ladder of responders: wearer's band → nearest caregiver → nurse → director, with the seconds each is given.

Pure: who stands on a step is looked up by the writer; this module only knows the order and the time.
A step's number is its place in `ROLES`, so step 1 is always a caregiver, whether or not the band was asked first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mumian.core.decide.policy import ROLES
from mumian.core.kernel.clock import SECOND_US


@dataclass(frozen=True, slots=True)
class Ladder:
    """`roles` in order, and the seconds of `MUMIAN_LADDER_S` (ask, caregiver, nurse; the last is reused)."""

    roles: tuple[str, ...]
    seconds: tuple[float, ...]

    def first(self) -> int | None:
        """Number of the first step, None for an alarm that pages nobody."""
        return ROLES.index(self.roles[0]) if self.roles else None

    def after(self, step: int) -> int | None:
        """Number of the step after `step`, None at the end."""
        later = [ROLES.index(role) for role in self.roles if ROLES.index(role) > step]
        return min(later, default=None)

    def wait_us(self, step: int) -> int:
        """How long `step` has before the next is asked, in microseconds."""
        return round(self.seconds[min(step, len(self.seconds) - 1)] * SECOND_US)


def nearest(staff: Sequence[tuple[str, str | None, int]], floor: str | None) -> str | None:
    """The caregiver to ask: on this floor first, then the least busy, then by id so that the choice can be repeated.

    staff: (id, floor of the last known place or None, number of alarms she holds).
    """
    if not staff:
        return None
    return min(staff, key=lambda s: (s[1] != floor, s[2], s[0]))[0]
