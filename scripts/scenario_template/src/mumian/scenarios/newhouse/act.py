"""What alarms leave behind for people to do. Pages and commands to devices are core's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mumian.core.act.following import CareTask, Moved

# Finding kind → (what to do, within how many microseconds): made when the alarm is raised, closed when its condition is
# gone or somebody has resolved it. None yet.
ON_RAISE: Mapping[str, tuple[str, int]] = {}


def tasks_after(moved: Moved) -> Sequence[CareTask]:
    """The tasks that a transition makes or closes."""
    if moved.kind not in ON_RAISE:
        return []
    text, within_us = ON_RAISE[moved.kind]
    if moved.action == "raise":
        return [CareTask(text.format(device=moved.device), moved.at_us + within_us)]
    return [CareTask(closes=True)] if moved.to in ("returned", "resolved") else []
