"""The words of this house's pages in the reader's language: Chinese is the source, English a catalogue.

Python builds sentences with facts in them here; templates translate only what stands still. How figures, ages and dates are
said is the kernel's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from mumian.core.kernel import catalogue
from mumian.core.kernel.words import MINUS, WEEKDAYS, Words, form_time, local, midnight_us, parse_local

__all__ = [
    "MINUS",
    "WEEKDAYS",
    "Words",
    "form_time",
    "local",
    "midnight_us",
    "of",
    "parse_local",
]  # this house's pages take them from here

CATALOGUES = Path(__file__).resolve().parent.parent / "locale"

TIERS = {"intervene": ("干预", "立即到场"), "warn": ("预警", "尽快查看"), "assist": ("协助", "有空就去")}
KINDS = {
    "fall": "疑似跌倒",
    "sos": "按了求助键",
    "call": "按铃",
    "fence_exit": "离开围栏",
    "device_alarm": "手表报警",
    "no_motion": "长时间没有动",
    "heart_rate": "心率异常",
    "spo2": "血氧异常",
    "temperature": "体温异常",
    "blood_pressure": "血压异常",
    "respiration": "呼吸异常",
    "blind": "看不见",
    "low_battery": "电量低",
    "not_worn": "没有戴手环",
    "reported_fall": "人工上报跌倒",
}
STATES = {
    "new": "未认领",
    "acknowledged": "处理中",
    "returned": "已恢复",
    "shelved": "已搁置",
    "resolved": "已了结",
}
RESOLUTIONS = {"true": "真", "false": "误报", "test": "测试"}
ROLES = {
    "admin": "管理员",
    "director": "主任",
    "nurse": "护士",
    "caregiver": "护理员",
    "auditor": "审计员",
    "ask": "手环",
}
DEVICES = {
    "band": "手环",
    "watch": "手表",
    "button": "按钮",
    "motion": "人体感应",
    "door": "门磁",
    "bed": "床垫",
}
ORIGINS = {"field": "现场", "replay": "回放", "simulation": "仿真"}
PURPOSES = {"care": "照护", "monitoring": "监测", "research": "研究", "family": "家属"}
CARE_LEVELS = {1: "一级 自理", 2: "二级 轻度", 3: "三级 中度", 4: "四级 重度", 5: "五级 完全依赖"}
SAW = {
    "movement": "有人在动",
    "occupancy": "有人在动",
    "door": "门开了",
    "contact": "门开了",
    "bed": "离了床",
}
QUANTITIES = {
    "heart_rate_bpm": ("心率", "bpm", 0),
    "spo2_percent": ("血氧", "%", 0),
    "temperature_c": ("体温", "°C", 1),
    "systolic_mmhg": ("收缩压", "mmHg", 0),
    "diastolic_mmhg": ("舒张压", "mmHg", 0),
    "respiratory_rate_bpm": ("呼吸", "次/分", 0),
    "battery_percent": ("电量", "%", 0),
    "steps": ("步数", "步", 0),
}
CHANNELS = {
    "browser": "浏览器",
    "page": "浏览器",
    "push": "手机",
    "web_push": "手机",
    "webhook": "群消息",
    "mqtt": "手环",
}


@lru_cache(maxsize=4)
def _catalogue(lang: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    file = CATALOGUES / lang / "LC_MESSAGES" / "eldercare.po"
    return ({}, {}) if lang == "zh" or not file.is_file() else catalogue.read(file)


def of(lang: str) -> Words:
    """The words of a language: "zh" or "en"."""
    lang = "en" if lang.startswith("en") else "zh"
    return Words(lang, *_catalogue(lang))
