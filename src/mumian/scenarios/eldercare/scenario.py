"""The house declared: what the service, web and prove may ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mumian.core.scenario import Scenario
from mumian.core.understand.steps import Detector
from mumian.scenarios.eldercare import act, decide, observe, prove
from mumian.scenarios.eldercare.demo import DEMO
from mumian.scenarios.eldercare.pages import ACTIONS, PAGES
from mumian.scenarios.eldercare.pages.spoken import remark


def detectors() -> Sequence[Detector[Any]]:
    """Fresh detectors; each keeps its state with the caller."""
    from mumian.scenarios.eldercare.understand.calls import Calls
    from mumian.scenarios.eldercare.understand.falling import Falling
    from mumian.scenarios.eldercare.understand.stillness import Stillness
    from mumian.scenarios.eldercare.understand.vitals import Vitals

    return (Calls(), Vitals(), Stillness(), Falling())


SCENARIO = Scenario(
    name="eldercare",
    title={"zh": "智慧养老", "en": "Smart elderly care"},
    clause="四(八)",
    folder=Path(__file__).parent,
    notice="辅助提醒，非医疗器械",
    pages=PAGES,
    actions=ACTIONS,
    indicators=prove.INDICATORS,
    detectors=detectors,
    policy=decide.rules,
    every_one=decide.EVERY_ONE,
    adapters={"zigbee2mqtt": observe.zigbee_message},
    gateway=observe.watch_gateway,
    tasks=act.tasks_after,
    demo=DEMO,
    remark=remark,
)
