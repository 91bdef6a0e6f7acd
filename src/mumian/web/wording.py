"""Fixed words of the interface: tiers, states, origins, verdicts, roles. One table each, Chinese; English by catalogue.

A new state or role without a word here shows its code, and the test of wording fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

TIER = {"high": "干预", "medium": "预警", "low": "协助"}
TIER_ASKS = {"high": "立即到场", "medium": "尽快查看", "low": "有空就去"}
STATE = {
    "new": "等待",
    "acknowledged": "处理中",
    "returned": "已恢复",
    "shelved": "已搁置",
    "resolved": "已了结",
}
ORIGIN = {"field": "现场", "replay": "回放", "simulation": "仿真"}
VERDICT = {
    "met": "达标",
    "demonstrated": "已演示",
    "rehearsed": "已演练",
    "notmet": "未达标",
    "thin": "证据不足",
}
ROLE = {
    "admin": "管理员",
    "director": "主任",
    "nurse": "护士",
    "caregiver": "护理员",
    "auditor": "审计",
    "gateway": "网关",
}
VERB = {1: "观测", 2: "理解", 3: "判断", 4: "处置", 5: "证明"}
PART = {
    "postgres": "数据库", "store": "数据库", "broker": "消息代理", "mosquitto": "消息代理", "watch": "手表网关", "vehicles": "飞行器链路",
    "docks": "机巢链路",
    "detectors": "检测", "decide": "报警", "alarms": "报警", "delivery": "呼叫", "outbox": "呼叫", "disk": "磁盘", "web": "网页",
}  # fmt: skip

Say = Callable[..., str]


def bound_words(say: Say, figure: Mapping[str, Any], number: Callable[[Any], str]) -> str:
    """`下限 0.930`: the bound that counts for the goal."""
    rising = figure.get("sense", ">=") in (">=", ">", "≥")
    value = figure.get("lower") if rising else figure.get("upper")
    if value is None:
        return ""
    return (
        say("下限 %(value)s", value=number(value)) if rising else say("上限 %(value)s", value=number(value))
    )


def goal_words(say: Say, figure: Mapping[str, Any], number: Callable[[Any], str]) -> str:
    """`目标 ≥ 0.95`; a figure without a goal says so."""
    if figure.get("goal") is None:
        return say("无目标值")
    sign = {">=": "≥", "<=": "≤"}.get(str(figure.get("sense", ">=")), str(figure.get("sense")))
    return say("目标 %(sign)s %(value)s", sign=sign, value=number(figure["goal"]))


def lookup(table: Mapping[Any, str], say: Say) -> Callable[[Any], str]:
    """A template's function: code → word in the reader's language; an unknown code is shown as it is."""
    return lambda code: say(table[code]) if code in table else str(code)
