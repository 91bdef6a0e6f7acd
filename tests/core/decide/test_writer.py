"""The alarm writer on a real database: one alarm a finding, a durable ladder, nothing forbidden."""

from __future__ import annotations

from typing import Any

import pytest

from mumian.core.decide import rows, timers, writer
from mumian.core.decide.states import TransitionForbidden
from mumian.core.registry import site
from mumian.core.store import Store

LADDER = (15.0, 60.0, 120.0)
HOME: dict[str, Any] = {
    "site": {"id": "home", "name": "荔湾一院"},
    "places": [
        {"id": "b1", "kind": "building", "name": "一号楼", "parent": None},
        {"id": "f3", "kind": "floor", "name": "三楼", "parent": "b1"},
        {"id": "r312", "kind": "room", "name": "312", "parent": "f3"},
        {"id": "r312-1", "kind": "bed", "name": "312-1", "parent": "r312"},
    ],
    "people": [
        {"id": "p1", "name": "陈婆婆", "born": "1942-03-01", "bed": "r312-1", "care_level": 3,
         "consents": [{"purpose": "care", "from": "2020-01-01T00:00:00Z", "until": None}]},
    ],
    "staff": [
        {"id": "c1", "name": "何护理员", "role": "caregiver", "floors": ["f3"]},
        {"id": "c2", "name": "杨护理员", "role": "caregiver", "floors": ["f3"]},
        {"id": "n1", "name": "李护士", "role": "nurse", "floors": ["f3"]},
        {"id": "d1", "name": "周主任", "role": "director", "floors": []},
    ],
    "shifts": [
        {"staff": s, "from": "2020-01-01T00:00:00Z", "until": "2040-01-01T00:00:00Z"} for s in ("c1", "c2", "n1", "d1")
    ],
    "devices": [{"id": "B-1", "kind": "band", "place": None, "origin": "field"}],
    "assignments": [{"device": "B-1", "person": "p1", "from": "2020-01-01T00:00:00Z", "until": None}],
}  # fmt: skip


@pytest.fixture
def home(store: Store) -> Store:
    site.load(store, HOME)
    return store


def wish(
    finding: str = "B-1:fall:1", ladder: tuple[str, ...] = ("ask", "caregiver", "nurse", "director")
) -> writer.Wish:
    return writer.Wish(
        finding=finding, kind="fall", person="p1", place="r312-1", floor="f3", device="B-1", tier="intervene",
        event_us=1_700_000_000_000_000, reason={"zh": "疑似跌倒", "en": "Possible fall"}, evidence={}, origin="field",
        ladder=ladder,
    )  # fmt: skip


def orders(store: Store) -> list[tuple[str, int, str]]:
    return store.query("select kind, step, addressee from decide.outbox order by made_us, step, addressee")


def test_a_finding_raises_one_alarm_however_often_it_comes(home: Store) -> None:
    with home.tx() as cur:
        first = writer.raise_alarm(cur, wish(), LADDER, home.clock.now_us())
    with home.tx() as cur:
        second = writer.raise_alarm(cur, wish(), LADDER, home.clock.now_us())
    assert first is not None and second is None
    assert home.query("select count(*) from decide.alarms") == [(1,)]


def test_the_ladder_climbs_by_its_timers_and_ends_at_the_director(home: Store) -> None:
    with home.tx() as cur:
        writer.raise_alarm(cur, wish(), LADDER, home.clock.now_us())
    for seconds in (14.9, 0.2, 60, 120, 500):
        home.clock.advance(seconds)  # type: ignore[attr-defined]
        timers.fire(home, LADDER)
    assert orders(home) == [("command", 0, "B-1"), ("page", 1, "c1"), ("page", 2, "n1"), ("page", 3, "d1")]
    assert timers.next_due(home) is None


def test_an_acknowledged_alarm_climbs_no_further(home: Store) -> None:
    with home.tx() as cur:
        alarm = writer.raise_alarm(cur, wish(ladder=("caregiver", "nurse")), LADDER, home.clock.now_us())
        row = rows.lock(cur, str(alarm))
        assert row is not None
        writer.move(cur, row, "acknowledge", "c1", home.clock.now_us(), owner="c1")
    home.clock.advance(1000)  # type: ignore[attr-defined]
    assert timers.fire(home, LADDER) == 0
    assert all(step < 2 for _, step, _ in orders(home))


def test_the_busy_caregiver_is_not_the_nearest(home: Store) -> None:
    with home.tx() as cur:
        alarm = writer.raise_alarm(cur, wish("one", ("caregiver",)), LADDER, home.clock.now_us())
        row = rows.lock(cur, str(alarm))
        assert row is not None
        writer.move(cur, row, "acknowledge", "c1", home.clock.now_us(), owner="c1")
        writer.raise_alarm(cur, wish("two", ("caregiver",)), LADDER, home.clock.now_us())
    assert [to for _, _, to in orders(home)] == ["c1", "c2"]


def test_transition_numbers_are_gapless_even_after_a_rollback(home: Store) -> None:
    with home.tx() as cur:
        writer.raise_alarm(cur, wish("one"), LADDER, home.clock.now_us())
    with pytest.raises(RuntimeError), home.tx() as cur:
        writer.raise_alarm(cur, wish("two"), LADDER, home.clock.now_us())
        raise RuntimeError("the process dies here")
    with home.tx() as cur:
        writer.raise_alarm(cur, wish("three"), LADDER, home.clock.now_us())
    assert home.query("select id from decide.transitions order by id") == [(1,), (2,)]


def test_a_resolved_alarm_cannot_be_acknowledged(home: Store) -> None:
    with home.tx() as cur:
        alarm = writer.raise_alarm(cur, wish(), LADDER, home.clock.now_us())
        row = rows.lock(cur, str(alarm))
        assert row is not None
        row = writer.move(cur, row, "acknowledge", "c1", home.clock.now_us(), owner="c1")
        row = writer.move(cur, row, "resolve", "c1", home.clock.now_us(), resolution="true")
        with pytest.raises(TransitionForbidden):
            writer.move(cur, row, "acknowledge", "c1", home.clock.now_us())
