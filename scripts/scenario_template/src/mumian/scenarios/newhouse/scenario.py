"""The house declared: what the service, web and prove may ask of it."""

from __future__ import annotations

from pathlib import Path

from mumian.core.scenario import Scenario
from mumian.scenarios.newhouse import act, decide, observe, prove, understand
from mumian.scenarios.newhouse.pages import ACTIONS, PAGES

SCENARIO = Scenario(
    name="newhouse",
    title={
        "zh": "新场景",
        "en": "New house",
    },
    clause="四(零)",
    folder=Path(__file__).parent,
    pages=PAGES,
    actions=ACTIONS,
    indicators=prove.INDICATORS,
    detectors=understand.detectors,
    policy=decide.rules,
    every_one=decide.EVERY_ONE,
    adapters=observe.ADAPTERS,
    gateway=observe.GATEWAY,
    tasks=act.tasks_after,
)
