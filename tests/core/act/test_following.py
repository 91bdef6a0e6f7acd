"""Care tasks follow transitions once, whatever happens in between."""

from __future__ import annotations

from tests.core.decide.test_writer import LADDER, wish

from mumian.core.act import following, tasks
from mumian.core.decide import rows, writer
from mumian.core.store import Store
from mumian.scenarios.eldercare.act import tasks_after


def test_a_low_battery_leaves_a_task_that_the_charged_battery_closes(store: Store) -> None:
    now_us = store.clock.now_us()
    with store.tx() as cur:
        flat = writer.Wish(
            **{**_fields(wish("B-1:low_battery:1", ())), "kind": "low_battery", "tier": "assist"}
        )
        writer.raise_alarm(cur, flat, LADDER, now_us)
    assert following.follow(store, tasks_after) == 1
    assert following.follow(store, tasks_after) == 0
    assert [t["text"] for t in tasks.open_tasks(store)] == ["给手环充电：B-1"]
    with store.tx() as cur:
        held = rows.open_alarm(cur, "B-1", "low_battery")
        assert held is not None
        writer.move(cur, held, "clear", "system", now_us)
    following.follow(store, tasks_after)
    assert tasks.open_tasks(store) == []


def _fields(one: writer.Wish) -> dict[str, object]:
    return {name: getattr(one, name) for name in writer.Wish.__slots__}
