"""What can be wrong with a site file or a form, in both languages, each with the way to mend it.

A file is refused as a whole: `Refused` carries every problem found, each with its JSON path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mumian.core.kernel.errors import BadInput

SHOWN = 20

MESSAGES: Mapping[str, tuple[str, str]] = {
    # shape
    "not_object": ("应是对象 {{…}}，却是 {found}", "an object {{…}} is meant, found {found}"),
    "not_list": ("应是列表 […]，却是 {found}", "a list […] is meant, found {found}"),
    "unknown_key": ("不认识的字段；可用：{known}", "unknown key; known are {known}"),
    "missing": ("缺少此字段", "is missing: add it"),
    "not_id": (
        "编号 {value} 不行：用 1 到 64 个字母、汉字、数字或 . _ : - @ 组成的文本，以字母、汉字或数字开头",
        "id {value} will not do: a string of 1 to 64 letters, digits or . _ : - @ beginning with a letter or digit",
    ),
    "not_device_id": (
        "设备编号 {value} 不行：用 1 到 64 个 A-Z a-z 0-9 . _ : - ，以字母或数字开头（它是 MQTT 主题的一部分）",
        "device id {value} will not do: 1 to 64 of A-Z a-z 0-9 . _ : - beginning with a letter or digit (it is part of an MQTT topic)",
    ),
    "not_name": (
        "名称 {value} 不行：写 1 到 200 个字，不含控制字符",
        "name {value} will not do: a string of 1 to 200 characters without control characters",
    ),
    "not_one_of": ("{value} 不行；可用：{known}", "{value} will not do; use one of {known}"),
    "not_level": ("护理等级 {value} 不行：写 1 到 5 的整数，5 最需要照护", "care level {value}: an integer from 1 to 5 is meant, 5 needs most"),
    "not_date": ("日期 {value} 不行：写成 1941-05-03", "date {value}: write it as 1941-05-03"),
    "born_in_future": ("出生日期 {value} 在今天之后：请改正", "birth date {value} lies in the future: correct it"),
    "not_time": (
        "时间 {value} 不行：写 ISO 8601 带时区（2026-11-24T06:05:32Z 或 …+08:00），或毫秒数",
        "time {value}: write ISO 8601 with a zone (2026-11-24T06:05:32Z or …+08:00) or epoch milliseconds",
    ),
    "ends_before_begin": ("结束不晚于开始：until 应在 from 之后", "ends no later than it begins: until must come after from"),
    "duplicate": ("与 {other} 重复：删去一个", "is the same as {other}: remove one of them"),
    "twice_in_list": ("{value} 写了两次：删去一个", "{value} is named twice: remove one"),
    # against the rest of the file and the home
    "unknown_place": ("没有位置 {value}：先加上它，或改正编号", "no place {value}: add it to places or correct the id"),
    "unknown_person": ("没有老人 {value}：先加上，或改正编号", "no person {value}: add them to people or correct the id"),
    "unknown_staff": ("没有员工 {value}：先加上，或改正编号", "no staff {value}: add them to staff or correct the id"),
    "unknown_device": ("没有设备 {value}：先加上，或改正编号", "no device {value}: add it to devices or correct the id"),
    "cycle": ("位置绕成一圈：{ring}；改正其中一个上级", "the places form a cycle: {ring}; correct one parent"),
    "inside_bed": ("床位里不能再放位置：上级 {value} 是床", "nothing lies in a bed: parent {value} is one"),
    "inside_smaller": (
        "{kind} 不能放在 {other_kind} {value} 里：改正上级",
        "a {kind} cannot lie in the {other_kind} {value}: correct the parent",
    ),
    "not_a_bed": ("{value} 是 {kind}，不是床位：填床位编号", "{value} is a {kind}, not a bed: give the id of a bed"),
    "not_a_floor": ("{value} 是 {kind}，不是楼层：填楼层编号", "{value} is a {kind}, not a floor: give ids of floors"),
    "bed_taken": ("床位 {value} 已有 {other}：换一张床，或先让其搬出", "bed {value} is taken by {other}: give another bed, or move {other} first"),
    "worn_twice": (
        "设备 {device} 在 {since} 起已由 {other} 佩戴：先结束那一段（until）",
        "device {device} is with {other} from {since}: end that interval first (until)",
    ),
    "history": (
        "这一段已在 {until} 结束，不能再改：照写 until，或从之后的时间另起一段（mumian site export 给出现状）",
        "this interval ended at {until} and is history: write that until, or begin a new one from a later time (mumian site export writes what stands)",
    ),
    "departed": (
        "{id} 已在 {when} 离院：从文件里删去，或在入院页重新办理",
        "{id} departed at {when}: leave them out of the file, or admit them anew on the admission page",
    ),
    "left": ("{id} 已在 {when} 离职：从文件里删去", "{id} left at {when}: leave them out of the file"),
    "retired": (
        "设备 {id} 已在 {when} 停用，编号不再用：换一个编号",
        "device {id} was retired at {when} and an id is never used again: give a new id",
    ),
    "fixed": (
        "设备的 {field} 不能由 {old} 改为 {new}：停用它，用新编号另加一台",
        "{field} of a device cannot change from {old} to {new}: retire the device and add a new one under another id",
    ),
    "other_site": (
        "这里已是 {old}：另一家院用另一个数据目录（MUMIAN_HOME）",
        "this home is {old}: keep another site in another data folder (MUMIAN_HOME)",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (JSON path, empty for a form), what (a key of MESSAGES), with its facts."""

    path: str
    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def say(self, lang: str = "zh") -> str:
        """`people[3].bed: …`; Chinese unless `lang` begins with "en"."""
        text = MESSAGES[self.key][1 if lang.startswith("en") else 0].format(**self.facts)
        return f"{self.path}: {text}" if self.path else text


class Refused(BadInput):
    """Nothing was changed. `problems` says what to mend."""

    code = "registry_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(problems=self.problems)

    def say(self, lang: str = "zh") -> str:
        """All problems, one a line, up to twenty."""
        lines = [problem.say(lang) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            more = len(self.problems) - SHOWN
            lines.append(f"… and {more} more" if lang.startswith("en") else f"……另有 {more} 处")
        return "\n".join(lines)
