"""How the board says verdicts, goals, units and figures. The same decimals down a column, a unit after a space, shares without one."""

from __future__ import annotations

from mumian.core.kernel.words import Words

VERDICTS = {
    "met": ("达标", "现场证据，置信界过目标"),
    "demonstrated": ("已演示", "真实记录重放，界过目标"),
    "rehearsed": ("已演练", "仿真，界过目标"),
    "notmet": ("未达标", "证据充分，界在目标外"),
    "thin": ("证据不足", "样本或期限未到"),
}
METHODS = {
    "clopper-pearson": "Clopper–Pearson 单侧 95 %",
    "poisson-exact": "泊松精确 单侧 95 %",
    "order-statistic": "次序统计量 单侧 95 %",
    "census": "逐条计数",
}
UNITS = {"1/h": "次/时", "1/d": "次/人日", "s": "秒", "person": "人", "ratio": ""}
SHARES = ("ratio", "1", "")
SIGNS = {">=": "≥", "<=": "≤", "=": "="}
LONG_S = 10.0  # seconds below this have two decimals: a goal of 2 s is missed by tenths


def split_goal(goal: str) -> tuple[str, float]:
    """The sense and the bound of a goal: `>=0.92` gives >= and 0.92."""
    sense = next((s for s in (">=", "<=", "=") if goal.startswith(s)), ">=")
    return sense, float(goal.removeprefix(sense))


def goal_words(goal: str, unit: str, w: Words) -> str:
    """≥ 0.70, ≤ 60 秒."""
    sense, bound = split_goal(goal)
    if bound.is_integer():
        text = w.figure(bound)
    else:
        text = f"{bound:g}" if len(f"{bound:g}") > len("0.70") else f"{bound:.2f}"
    return f"{SIGNS[sense]} {text}{unit_words(unit, w)}"


def unit_words(unit: str, w: Words) -> str:
    """The unit after a space; none for shares."""
    word = w(UNITS.get(unit, unit))
    return f" {word}" if word else ""


def figure_words(value: float | None, unit: str, w: Words) -> str:
    """Shares with three decimals, counts whole, seconds with one, a few seconds with two; a dash where there is no value."""
    if value is None:
        return "—"
    if unit in SHARES:
        return w.figure(value, 3)
    if float(value).is_integer():
        return w.figure(value)
    return w.figure(value, 1 if unit == "s" and abs(value) >= LONG_S else 2)


def count_words(n: float, w: Words) -> str:
    """Cases whole; an exposure of hours or days with one decimal."""
    return w.figure(n, 0 if float(n).is_integer() else 1)
