"""From finding to alarm: what is shelved, what has gone, and who is paged for what."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.decide.test_writer import HOME, LADDER, orders

from mumian.core.decide import judging, policy, rows, timers, writer
from mumian.core.decide.judging import Judged, Situation
from mumian.core.kernel.clock import SECOND_US
from mumian.core.kernel.errors import BadInput
from mumian.core.registry import site
from mumian.core.store import Store
from mumian.core.understand.steps import Finding

RULE: dict[str, Any] = {
    "kind": "blind", "version": 1, "tier": '"warn"', "ladder": ("caregiver", "nurse"), "zh": "没有数据", "en": "no data",
}  # fmt: skip


@pytest.fixture
def home(store: Store) -> Store:
    site.load(store, HOME)
    return store


def told(store: Store, *, holds: bool, rule: policy.Rule | None = None) -> None:
    now_us = store.clock.now_us()
    finding = Finding("blind", "B-1", now_us, now_us, holds=holds, model="silence@1")
    at = Situation("p1", "陈婆婆", "r312-1", "312", "f3", 3, 23, "field", can_ask=True)
    with store.tx() as cur:
        judging.apply(cur, [Judged(finding, at, rule or policy.Rule(**RULE))], LADDER, now_us, frozenset())


def only(store: Store) -> dict[str, Any]:
    (row,) = store.query(rows.SELECT)
    return rows.as_dict(row)


def shelve(store: Store) -> None:
    until_us = store.clock.now_us() + 1800 * SECOND_US
    with store.tx() as cur:
        row = rows.lock(cur, only(store)["id"])
        assert row is not None
        writer.move(
            cur, row, "shelve", "n1", store.clock.now_us(), "band is washed", shelved_until_us=until_us
        )
        rows.set_timer(cur, row["id"], "unshelve", until_us)


def test_a_shelved_alarm_whose_condition_went_comes_back_as_returned_and_pages_nobody(home: Store) -> None:
    told(home, holds=True)
    shelve(home)
    told(home, holds=False)
    assert only(home)["state"] == "shelved", "a shelf is left when its time is up, not before"
    asked = orders(home)
    home.clock.advance(1801)  # type: ignore[attr-defined]
    timers.fire(home, LADDER)
    assert only(home)["state"] == "returned"
    assert orders(home) == asked


def test_a_shelved_alarm_whose_condition_came_again_comes_back_as_new(home: Store) -> None:
    told(home, holds=True)
    shelve(home)
    told(home, holds=False)
    told(home, holds=True)
    home.clock.advance(1801)  # type: ignore[attr-defined]
    timers.fire(home, LADDER)
    assert only(home)["state"] == "new"


@pytest.mark.parametrize(("tier", "paged"), [("warn", True), ("assist", False)])
def test_a_rule_pages_from_the_tier_it_names(home: Store, tier: str, paged: bool) -> None:
    told(home, holds=True, rule=policy.Rule(**{**RULE, "tier": f'"{tier}"'}, pages_from="warn"))
    assert bool(orders(home)) is paged


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule]]\nkind = ", "not TOML"),
        ('[[rule]]\nkind = "fall"\nversion = 1', "fall@1: tier, ladder, zh, en missing"),
        ('[[rule]]\nkind="f"\nversion=1\ntier=""\nladder=[]\nzh=""\nen=""\nladdr=[]', "'laddr' is unknown"),
        ('[[rule]]\nkind="f"\nversion=1\ntier=""\nladder=["boss"]\nzh=""\nen=""', "unknown ladder role 'boss'"),
        ('[[rule]]\nkind="f"\nversion=1\ntier=""\nladder=[]\nzh=""\nen=""\npages_from="loud"', "pages_from 'loud'"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_named(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said.replace("'", ".")):
        policy.load(text)
