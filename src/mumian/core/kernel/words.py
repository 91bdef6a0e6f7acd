"""Words, dates and figures in the reader's language, for pages that build sentences with facts in them.

Chinese is the source and needs no catalogue; who speaks English hands in the sentences of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

from mumian.core.kernel.clock import DAY_US, SECOND_US

HOME_ZONE = timezone(timedelta(hours=8), "CST")  # China has had one zone and no summer time since 1992
THIN = "\u2009"
MINUS = "\u2212"
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
EMPTY: Mapping[str, str] = MappingProxyType({})


def shell_lang() -> str:
    """The language of whoever runs a command: Chinese where LANG begins with zh."""
    return "zh" if os.environ.get("LANG", "").startswith("zh") else "en"


class Words:
    """`w("还剩 {n} 秒", n=31)` in the reader's language, and the forms of figures, ages and dates."""

    def __init__(self, lang: str, several: Mapping[str, str] = EMPTY, one: Mapping[str, str] = EMPTY) -> None:
        """`several` and `one`: the English of sentences, and of those that speak of one thing (see `catalogue.read`)."""
        self.lang = "en" if lang.startswith("en") else "zh"
        self._said, self._one = (several, one) if self.lang == "en" else (EMPTY, EMPTY)

    def __call__(self, text: str, **facts: object) -> str:
        """`text` in the reader's language, its `{name}` filled from the facts; `n` chooses between one and several."""
        said = self._said.get(text, text)
        if str(facts.get("n")) == "1":
            said = self._one.get(text, said)
        return said.format(**facts) if facts else said

    def reason(self, said: Mapping[str, str]) -> str:
        """What an alarm or an indicator calls itself, in the reader's language."""
        return said.get(self.lang) or said.get("zh") or ""

    def time(self, us: int) -> str:
        """14:05, the home's own clock."""
        return f"{local(us):%H:%M}"

    def clock(self, us: int) -> str:
        """14:05:32."""
        return f"{local(us):%H:%M:%S}"

    def date(self, us: int) -> str:
        """2026年11月24日 or 24 Nov 2026."""
        day = local(us)
        if self.lang == "en":
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日"

    def day(self, us: int) -> str:
        """11月24日 or 24 Nov."""
        day = local(us)
        return f"{day.day} {MONTHS[day.month - 1]}" if self.lang == "en" else f"{day.month}月{day.day}日"

    def weekday(self, us: int) -> str:
        """星期二 or Tuesday."""
        return self(WEEKDAYS[local(us).weekday()])

    def when(self, us: int, now_us: int) -> str:
        """The time alone for today, else with its day, and with its year where that is another."""
        day, today = local(us), local(now_us)
        if day.date() == today.date():
            return self.time(us)
        return f"{self.day(us) if day.year == today.year else self.date(us)} {self.time(us)}"

    def age(self, since_us: int, now_us: int) -> str:
        """00:47 below an hour, then 1 小时 12 分, then 3 天 4 小时."""
        seconds = max(0, (now_us - since_us) // SECOND_US)
        if seconds < 3600:
            return f"{seconds // 60:02d}:{seconds % 60:02d}"
        if seconds < 86_400:
            return self("{h} 小时 {m} 分", h=seconds // 3600, m=seconds % 3600 // 60)
        return self("{d} 天 {h} 小时", d=seconds // 86_400, h=seconds % 86_400 // 3600)

    def span(self, seconds: float) -> str:
        """34 秒, 2 分 5 秒, 1 小时 12 分."""
        whole = round(seconds)
        if whole < 60:
            return self("{n} 秒", n=whole)
        if whole < 3600 and whole % 60 == 0:
            return self("{m} 分", m=whole // 60)
        if whole < 3600:
            return self("{m} 分 {s} 秒", m=whole // 60, s=whole % 60)
        return self("{h} 小时 {m} 分", h=whole // 3600, m=whole % 3600 // 60)

    def figure(self, value: float, digits: int = 0) -> str:
        """10 000.5 with thin spaces and a real minus."""
        return f"{value:,.{digits}f}".replace(",", THIN).replace("-", MINUS)

    def years(self, born: object, now_us: int) -> str:
        """84 岁, empty when the birthday is not known."""
        year, month, day = (getattr(born, part, None) for part in ("year", "month", "day"))
        if year is None or month is None or day is None:
            return ""
        today = local(now_us)
        return self("{n} 岁", n=today.year - year - ((today.month, today.day) < (month, day)))


def local(us: int) -> datetime:
    """The home's own time."""
    return datetime.fromtimestamp(us / SECOND_US, UTC).astimezone(HOME_ZONE)


def midnight_us(us: int) -> int:
    """Start of the home's day that holds `us`."""
    offset = 8 * 3600 * SECOND_US
    return (us + offset) // DAY_US * DAY_US - offset


def parse_local(text: str) -> int | None:
    """Microseconds of what a datetime-local or date field gave (home time); None when it is not a time."""
    try:
        stamp = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    stamp = stamp if stamp.tzinfo else stamp.replace(tzinfo=HOME_ZONE)
    return round(stamp.timestamp()) * SECOND_US


def form_time(us: int) -> str:
    """A datetime-local field's value."""
    return f"{local(us):%Y-%m-%dT%H:%M}"
