"""What templates need to show time, numbers and calipers: pure functions over values and a language.

Time is shown in Guangzhou's zone, since that is the clock on the wall; nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

SECOND_US = 1_000_000
WALL = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991
DASH = {"replay": "6 3", "simulation": "1.5 3"}
_DAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def wall(us: int) -> datetime:
    """The instant as the clock on the wall shows it."""
    return datetime.fromtimestamp(us / SECOND_US, UTC).astimezone(WALL)


def is_night(us: int) -> bool:
    """Whether pages are dark by default: 19:00 to 07:00."""
    return not 7 <= wall(us).hour < 19


def time_of(us: int | None, seconds: bool = True) -> str:  # noqa: FBT001, FBT002 (a template's filter)
    """`14:05:32`, or `14:05`; a dash for no instant."""
    if us is None:
        return "—"
    return f"{wall(us):%H:%M:%S}" if seconds else f"{wall(us):%H:%M}"


def day(us: int, lang: str) -> str:
    """`2026年11月24日 星期二` or `Tue 24 Nov 2026`."""
    at = wall(us)
    name = _DAYS[lang][at.weekday()]
    if lang == "en":
        return f"{name} {at.day} {_MONTHS[at.month - 1]} {at.year}"
    return f"{at.year}年{at.month}月{at.day}日 星期{name}"


def moment(us: int | None, now_us: int, lang: str) -> str:
    """An instant as short as it is clear: time today, else day and time."""
    if us is None:
        return "—"
    at = wall(us)
    if at.date() == wall(now_us).date():
        return f"{at:%H:%M}"
    year = at.year != wall(now_us).year
    if lang == "en":
        return f"{at.day} {_MONTHS[at.month - 1]}{f' {at.year}' if year else ''} {at:%H:%M}"
    return f"{f'{at.year}年' if year else ''}{at.month}月{at.day}日 {at:%H:%M}"


def age_text(us: int, now_us: int, lang: str) -> str:
    """Time since: `00:47`; after an hour `1 小时 12 分`; after a day `3 天`. The script in shell.js says the same."""
    seconds = max(0, (now_us - us) // SECOND_US)
    if seconds < 3600:
        return f"{seconds // 60:02d}:{seconds % 60:02d}"
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours < 24:
        return f"{hours} h {minutes} min" if lang == "en" else f"{hours} 小时 {minutes} 分"
    return f"{hours // 24} d" if lang == "en" else f"{hours // 24} 天"


def spent(step: Mapping[str, Any], now_us: int) -> str:
    """How much of a ladder's step is over, 0 to 1."""
    if step.get("state") == "done":
        return "1"
    if step.get("state") != "now" or not step.get("due_us"):
        return "0"
    whole = max(1, step["due_us"] - step["from_us"])
    return f"{min(1.0, max(0.0, (now_us - step['from_us']) / whole)):.3f}"


def number(value: float | str | None) -> str:
    """Thin space between thousands, true minus, no more digits than were given."""
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3f}"
    return text.replace(",", "\u2009").replace("-", "−")


def short(digest: str) -> str:
    """`9f3c…a71e`."""
    return f"{digest[:4]}…{digest[-4:]}" if len(digest) > 9 else digest


def caliper_at(figure: Mapping[str, Any], width: int) -> dict[str, Any]:
    """Where wall, jaw and value of a figure stand on `width` pixels, and the same in words.

    figure: value, lower, upper, goal (numbers, or None where there is none), sense ">=" or "<=", origin.
    """
    value, goal = figure.get("value"), figure.get("goal")
    if not isinstance(value, int | float) or not isinstance(goal, int | float):
        return {"drawn": False, "words": "—"}
    lower = value if figure.get("lower") is None else figure["lower"]
    upper = value if figure.get("upper") is None else figure["upper"]
    rising = figure.get("sense", ">=") in (">=", ">", "≥")
    low, high = min(lower, value, goal), max(upper, value, goal)
    pad = (high - low) * 0.12 or abs(goal) * 0.05 or 1.0
    low, high = low - pad, high + pad

    def at(x: float) -> float:
        return round(1 + (width - 2) * (x - low) / (high - low), 1)

    return {
        "drawn": True,
        "goal_x": at(goal), "value_x": at(value), "low_x": at(lower), "high_x": at(upper),
        "jaw_x": at(lower) if rising else at(upper),
        "pass_x": at(goal) if rising else 1, "pass_w": round(width - 1 - at(goal) if rising else at(goal) - 1, 1),
        "dash": DASH.get(str(figure.get("origin")), ""),
        "words": f"{number(value)} [{number(lower)}, {number(upper)}] {'≥' if rising else '≤'} {number(goal)}",
    }  # fmt: skip
