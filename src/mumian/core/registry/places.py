"""Places: add or change one. A place is never removed, since alarms and intervals of years ago name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mumian.core.kernel.ids import PlaceId
from mumian.core.registry.site import submit
from mumian.core.registry.site.shape import checked

if TYPE_CHECKING:
    from mumian.core.store import Cursor


def put_place(
    cur: Cursor, place: PlaceId, kind: str, name: str, parent: PlaceId | None, *, at_us: int, by: str
) -> None:
    """Add the place, or rename or move it. Raises Refused (unknown parent, cycle, …)."""
    submit(cur, at_us, by, checked("places", {"id": place, "kind": kind, "name": name, "parent": parent}))
