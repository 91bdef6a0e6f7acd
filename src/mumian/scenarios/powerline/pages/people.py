"""Who stands behind an id: the registry's names of staff, for every page on which somebody did something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mumian.core.registry.snapshot import snapshot

if TYPE_CHECKING:
    from mumian.core.scenario import Visit
    from mumian.core.store import Store


def names(store: Store) -> dict[str, str]:
    """Staff id → name, of those who left as well. Whoever is not in it (another program) goes by what he calls himself."""
    return {str(one.id): one.name for one in snapshot(store).staff.values()}


def who(visit: Visit) -> str:
    """Under whose id an act of this visitor is kept."""
    return visit.principal.staff or visit.principal.actor
