"""The house declared: what the service, web and prove may ask of it."""

from __future__ import annotations

from pathlib import Path

from mumian.core.scenario import Scenario
from mumian.scenarios.powerline import prove
from mumian.scenarios.powerline.observe.dock.records import dock
from mumian.scenarios.powerline.observe.dock.topics import TOPICS
from mumian.scenarios.powerline.pages import ACTIONS, PAGES

SCENARIO = Scenario(
    name="powerline",
    title={"zh": "无人机电力巡检", "en": "UAV power-line inspection"},
    clause="四(一)",
    folder=Path(__file__).parent,
    pages=PAGES,
    actions=ACTIONS,
    adapters={"thing": dock},
    topics=TOPICS,
    indicators=prove.INDICATORS,
)
