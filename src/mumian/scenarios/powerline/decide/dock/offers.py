"""Which orders a person may be offered for a dock as it stands, and which interlock forbids the others. Pure."""

from __future__ import annotations

from typing import Any

from mumian.scenarios.powerline.domain.dock import Dock, forbids, forbids_cycle, sensible


def offers(dock: Dock) -> dict[str, Any]:
    """`orders`: each sensible order with the name of what forbids it, empty where nothing does; `cycle`: the same of a whole cycle."""
    locks = {order: lock.name if (lock := forbids(dock, order)) else "" for order in sensible(dock)}
    whole = forbids_cycle(dock)
    return {"orders": locks, "cycle": whole.name if whole else ""}
