"""`Authorised[T]`: the proof that the gate has been asked. Store reads personal data only against one.

Only `identity.gate` may make it; `tests/core/identity` checks that no other module does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from mumian.core.kernel.ids import DeviceId, PersonId, PlaceId

T = TypeVar("T")
Interval = tuple[int, int]  # [from_us, until_us)
ALWAYS: Interval = (-(2**62), 2**62)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one asker may read, after role, place and consent were looked at.

    actor     who asks, as the access log names it ("staff:n1", "token:nurse", "service")
    purpose   care, monitoring, research, family or evidence
    people    persons whose data may be read now
    windows   device → intervals in which its series may be read (who wore it then, and consented)
    floors    floors whose alarms and devices are listed; None means the whole home
    """

    actor: str
    purpose: str
    people: frozenset[PersonId]
    windows: Mapping[DeviceId, tuple[Interval, ...]]
    floors: frozenset[PlaceId] | None = None


@dataclass(frozen=True, slots=True)
class Authorised(Generic[T]):
    """A value that the gate has let through."""

    value: T
