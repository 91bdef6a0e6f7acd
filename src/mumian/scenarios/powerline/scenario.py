"""The house declared: what the service, web and prove may ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mumian.core.scenario import Post, Scenario
from mumian.scenarios.powerline import prove
from mumian.scenarios.powerline.demo import DEMO
from mumian.scenarios.powerline.observe.dock.records import dock
from mumian.scenarios.powerline.observe.dock.topics import TOPICS
from mumian.scenarios.powerline.pages import ACTIONS, PAGES, STREAMS
from mumian.scenarios.powerline.pages.remarks import remark

if TYPE_CHECKING:
    from mumian.core.kernel.clock import Clock
    from mumian.core.kernel.settings import Settings
    from mumian.core.store import Store


def posts(settings: Settings, store: Store, clock: Clock) -> Sequence[Post]:
    """The watches on the vehicles' links and on the docks; imported with the service, since file commands need none of it."""
    from mumian.scenarios.powerline.act.dispatch.orders import holder
    from mumian.scenarios.powerline.act.dock.post import Docks
    from mumian.scenarios.powerline.observe.fleet.watch import Watch

    return (Watch(settings, store, clock, lambda name: holder(clock, name)), Docks(settings, store, clock))


SCENARIO = Scenario(
    name="powerline",
    title={"zh": "无人机电力巡检", "en": "UAV power-line inspection"},
    clause="四(一)",
    folder=Path(__file__).parent,
    pages=PAGES,
    actions=ACTIONS,
    adapters={"thing": dock},
    topics=TOPICS,
    streams=STREAMS,
    posts=posts,
    indicators=prove.INDICATORS,
    demo=DEMO,
    remark=remark,
)
