"""What closes a hazard: a later survey in which it is no longer there, or a photograph of its towers; and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.scenarios.powerline.decide_review.test_acts import flight, photo
from tests.scenarios.powerline.decide_survey.told import DAY_US, hazard, survey

from mumian.core.kernel.clock import ManualClock
from mumian.core.kernel.errors import MumianError
from mumian.core.store import Store
from mumian.scenarios.powerline.decide.review import acts
from mumian.scenarios.powerline.decide.review import rows as review_rows
from mumian.scenarios.powerline.decide.survey import rows
from mumian.scenarios.powerline.decide.survey.filing import file
from mumian.scenarios.powerline.domain.photograph import Place
from mumian.scenarios.powerline.domain.review import NoEvidence, NotWithdrawn

A_METRE = 1 / 111_195  # degrees of latitude


def accepted(store: Store, **more: Any) -> str:
    """A tree near the first span, found on day 1, with its work order."""
    file(store, survey(hazard(**more)))
    (one,) = review_rows.findings(store)
    acts.act(store, one["id"], "accept", "d1")
    return str(one["id"])


def offered(store: Store, finding: str) -> list[str]:
    return [one["survey"] for one in rows.absences(store, finding)]


def test_a_later_survey_without_it_closes_it_and_is_sealed_as_evidence(store: Store) -> None:
    finding = accepted(store)
    later = file(store, survey(tile="b", day=30))["survey"]
    assert offered(store, finding) == [later]
    assert [one["finding"] for one in rows.vanished(store, later, 1)] == [finding]
    assert rows.vanished(store, later, 2) == []
    acts.act(store, finding, "close", "d2", survey=later)
    order = review_rows.order(store, finding)
    assert order is not None
    assert (order["survey"], order["photo"], order["closed_by"]) == (later, None, "d2")
    ((body,),) = store.query("select body from store.events where kind = 'powerline_review' order by id desc limit 1")  # fmt: skip
    sealed = json.loads(body)
    assert (sealed["evidence"], sealed["tile_sha256"], sealed["scanned_us"]) == (later, "b" * 64, 30 * DAY_US)
    assert rows.vanished(store, later, 1) == []


def uncovered(one: Any) -> Any:
    """The same survey with nothing scanned around the middle of its first span."""
    drawn = {**one.profiles[1], "ground": [[0.0, 0.0], [144.0, 0.0], [300.0, 1.0]], "around": {}}
    one.profiles[1] = drawn
    return one


@pytest.mark.parametrize(
    "later",
    [
        survey(hazard(4.4, grade="general"), tile="b", day=30),  # still there
        survey(hazard(lat=23.4 + 4 * A_METRE), tile="b", day=30),  # 4 m beside
        survey(tile="b", day=1),  # not later
        survey(tile="b", day=30, rules="fac003"),  # may be absent because the rules ask for less
        survey(tile="b", day=30, origin="replay"),
        uncovered(survey(tile="b", day=30)),
    ],
)
def test_no_other_survey_is_offered(store: Store, later: Any) -> None:
    finding = accepted(store)
    file(store, later)
    assert offered(store, finding) == []
    with pytest.raises(NoEvidence):
        acts.act(store, finding, "close", "d1", survey=later.id)
    assert review_rows.findings(store, "accepted")


def test_a_span_that_was_not_judged_and_a_single_echo_prove_nothing(store: Store) -> None:
    finding = accepted(store)
    blind = survey(tile="b", day=30)
    blind.report["spans"][0]["judged"] = False
    file(store, blind)
    echo = survey(tile="c", day=31)
    echo.report["unconfirmed"].append(hazard(lat=23.4 + 2 * A_METRE))
    file(store, echo)
    assert offered(store, finding) == []


def test_another_thing_near_it_and_a_tree_six_metres_off_do_not_keep_it_open(store: Store) -> None:
    finding = accepted(store)
    later = file(store, survey(hazard(object="building"), hazard(lat=23.4 + 6 * A_METRE), tile="b", day=30))
    assert offered(store, finding) == [later["survey"]]


def test_what_grew_again_after_that_survey_is_not_closed_by_it(store: Store) -> None:
    finding = accepted(store)
    file(store, survey(tile="b", day=30))
    file(store, survey(hazard(), tile="c", day=60))
    assert offered(store, finding) == []


def test_a_later_photograph_of_either_tower_of_its_span_closes_it(store: Store) -> None:
    finding = accepted(store)
    shown = {}
    flight(store, "L-2", origin="simulation")
    for tower in (1, 2, 3):
        place = Place(f"{tower}-tower", tower, 0, "A", "tower")
        shown[tower] = photo(store, "L-2", f"{tower}.jpg", place, 9 * DAY_US)
    early = photo(store, "L-2", "early.jpg", Place("1-tower", 1, 0, "A", "tower"), DAY_US // 2)
    other = photo(store, flight(store, "L-3", origin="replay"), "1.jpg", Place("1-tower", 1, 0, "A", "tower"), 9 * DAY_US)  # fmt: skip
    assert {p["sha256"] for p in review_rows.reinspections(store, finding, 9)} == {shown[1], shown[2]}
    for wrong in (shown[3], early, other, "0" * 64):
        with pytest.raises(NoEvidence):
            acts.act(store, finding, "close", "d1", photo=wrong)
    assert acts.act(store, finding, "close", "d1", photo=shown[2])["state"] == "closed"


def test_only_who_accepted_takes_it_back_and_only_while_the_order_is_fresh(store: Store) -> None:
    finding = accepted(store)
    with pytest.raises(NotWithdrawn):
        acts.act(store, finding, "withdraw", "d2")
    assert acts.act(store, finding, "withdraw", "d1")["state"] == "new"
    assert review_rows.orders(store) == []
    acts.act(store, finding, "accept", "d1")
    assert isinstance(store.clock, ManualClock)
    store.clock.advance(3601)
    with pytest.raises(NotWithdrawn):
        acts.act(store, finding, "withdraw", "d1")


STEPS = st.tuples(
    st.sampled_from(["accept", "reject", "reopen", "withdraw", "close"]),
    st.sampled_from(["d1", "d2"]),
    st.sampled_from(["", "good", "bad"]),
    st.sampled_from([0, 7200]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=12))
def test_whatever_is_tried_only_evidence_closes_and_an_order_stands_as_long_as_it_is_accepted(
    store: Store, steps: list[tuple[str, str, str, int]]
) -> None:
    with store.tx() as cur:
        for table in ("work_orders", "readings", "hazards", "findings", "spans", "surveys"):
            cur.execute(f"delete from powerline.{table}")
    file(store, survey(hazard()))
    (one,) = review_rows.findings(store)
    assert isinstance(store.clock, ManualClock)
    evidence = {"": "", "bad": "S-none", "good": file(store, survey(tile="b", day=30))["survey"]}
    for action, by, shown, later_s in steps:
        store.clock.advance(later_s)
        try:
            acts.act(store, one["id"], action, by, survey=evidence[shown])
        except MumianError:
            continue
        (now,), orders = review_rows.findings(store), review_rows.orders(store)
        assert (now["state"] in ("accepted", "closed")) == (len(orders) == 1)
        if now["state"] == "closed":
            assert (action, shown) == ("close", "good")
            assert orders[0]["survey"] == evidence["good"]
