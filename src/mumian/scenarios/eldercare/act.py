"""Care tasks of an elderly home: what alarms leave behind for the next round. Pages and band commands are core's."""

from __future__ import annotations

from collections.abc import Sequence

from mumian.core.act.following import CareTask, Moved
from mumian.core.kernel.clock import SECOND_US

HOUR_US = 3600 * SECOND_US
# Made when the alarm is raised, closed when its condition is gone or somebody has resolved it.
ON_RAISE = {
    "low_battery": ("给手环充电：{device}", 4 * HOUR_US),
    "not_worn": ("把手环戴好：{device}", 1 * HOUR_US),
    "blind": ("下次巡查时去看：{device} 没有数据", 2 * HOUR_US),
}
AFTER_FALL = "跌倒后观察：每 2 小时看意识、疼痛、活动，满 24 小时"


def tasks_after(moved: Moved) -> Sequence[CareTask]:
    """The tasks that a transition makes or closes."""
    if moved.action == "raise" and moved.kind in ON_RAISE:
        text, within_us = ON_RAISE[moved.kind]
        return [CareTask(text.format(device=moved.device), moved.at_us + within_us)]
    if moved.kind in ON_RAISE and moved.to in ("returned", "resolved"):
        return [CareTask(closes=True)]
    if moved.kind == "fall" and moved.action == "resolve" and moved.resolution == "true":
        return [CareTask(AFTER_FALL, moved.at_us + 2 * HOUR_US)]
    return []
