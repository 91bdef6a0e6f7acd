"""Sentences that were written down in one language, shown in the reader's: remarks of figures, the system's notes, tasks.

What is sealed or stored stays as it was written; only its showing follows the reader. A person's own words match nothing
here and are shown as they are.
"""

from __future__ import annotations

import re

from mumian.scenarios.eldercare.act import AFTER_FALL, ON_RAISE
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.words import Words

# English as written by figures and the alarm writer → what the catalogue calls it; groups fill {0}, {1} in turn.
_REMARKS = {
    r"condition is gone": "情况已过去",
    r"(\d+) alarms still unanswered, counted with the time so far": "{0} 条报警还没有人应，按到目前的时间算",
    r"falls confirmed by staff and falls reported by staff": "员工确认的跌倒与员工上报的跌倒",
    r"(\d+) fall alarms not resolved yet": "{0} 条跌倒报警还没有了结",
    r"hours of worn bands": "手环戴着的小时数",
    r"24 h of one resident's data": "一位老人 24 小时的数据为一人日",
    r"residents with (\d+) days of data": "有 {0} 天数据的老人",
    r"true falls as the world played them": "模拟世界真正演出的跌倒",
    r"(\d+) findings without an alarm, (\d+) alarms that reached nobody": "{0} 个发现没有报警，{1} 条报警没有送到人",
}
_TASKS = (*(text for text, _ in ON_RAISE.values()), AFTER_FALL)


def spoken(note: str, w: Words) -> str:
    """A remark or note in the reader's language, part by part where it has several."""
    if w.lang == "en":
        return note
    return w("；").join(_remark(part, w) for part in note.split("; "))


def remark(note: str, lang: str) -> str:
    """A figure's remark in the reader's language."""
    return spoken(note, language.of(lang))


def _remark(part: str, w: Words) -> str:
    for pattern, said in _REMARKS.items():
        if match := re.fullmatch(pattern, part):
            return said.format(*match.groups())
    return part


def task(text: str, w: Words) -> str:
    """A care task in the reader's language."""
    for written in _TASKS:
        pattern = re.escape(written).replace(r"\{device\}", "(?P<device>.+)")
        if match := re.fullmatch(pattern, text):
            return w(written, **match.groupdict())
    return text
