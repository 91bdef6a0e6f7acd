from __future__ import annotations

from typing import Any

import pytest
from tests.scenarios.powerline.decide_survey.told import hazard, many, survey

from mumian.core.kernel.clock import ManualClock
from mumian.core.kernel.errors import BadInput
from mumian.core.store import Store
from mumian.scenarios.powerline.decide.review import acts
from mumian.scenarios.powerline.decide.review import rows as review_rows
from mumian.scenarios.powerline.decide.survey import rows
from mumian.scenarios.powerline.decide.survey.filing import file, matches

A_METRE = 1 / 111_195  # degrees of latitude


def events(store: Store) -> list[tuple[Any, ...]]:
    return store.query("select kind, subject from store.events order by id")


def findings(store: Store) -> list[dict[str, Any]]:
    return review_rows.findings(store)


def test_a_hazard_becomes_a_finding_with_what_it_rests_on(store: Store) -> None:
    told = file(store, survey(hazard()))
    (one,) = findings(store)
    assert (one["kind"], one["grade"], one["state"], one["flight"]) == ("clearance", "serious", "new", None)
    (held,) = rows.hazards(store, told["survey"], 1)
    assert (held["clause"], held["required_m"], held["clearance_m"], held["finding"]) == (
        "13.0.6-1",
        4.5,
        3.0,
        one["id"],
    )
    assert held["within_m"] == pytest.approx(1.96 * 0.05, abs=1e-3)
    assert [kind for kind, _ in events(store)] == ["powerline_finding", "powerline_survey", "powerline_alert"]


def test_the_same_survey_again_adds_nothing(store: Store) -> None:
    file(store, survey(hazard()))
    before = events(store)
    again = file(store, survey(hazard()))
    assert (again["changed"], again["alert_s"]) == (False, None)
    assert events(store) == before
    assert len(findings(store)) == 1


def test_the_same_place_in_a_later_survey_is_a_trend_and_no_second_finding(store: Store) -> None:
    file(store, survey(hazard(3.0)))
    told = file(store, survey(hazard(2.6, lat=23.4 + 3 * A_METRE, grade="critical"), tile="b", day=30))
    assert (told["new"], told["again"]) == (0, 1)
    (one,) = findings(store)
    assert one["grade"] == "critical"  # nobody has reviewed it yet
    (held,) = rows.hazards(store, told["survey"], 1)
    assert [r["clearance_m"] for r in rows.trend(store, held["hazard"])] == [3.0, 2.6]


@pytest.mark.parametrize("other", [{"lat": 23.4 + 6 * A_METRE}, {"object": "building"}])
def test_another_place_or_thing_is_another_finding(store: Store, other: dict[str, Any]) -> None:
    file(store, survey(hazard()))
    file(store, survey(hazard(**other), tile="b", day=2))
    assert len(findings(store)) == 2


def test_origins_and_rule_packs_never_share_a_trend(store: Store) -> None:
    file(store, survey(hazard()))
    file(store, survey(hazard(), tile="b", origin="replay"))
    file(store, survey(hazard(), tile="c", rules="fac003"))
    assert sorted(f["origin"] for f in findings(store)) == ["replay", "simulation", "simulation"]


def test_an_older_survey_that_comes_late_changes_no_grade(store: Store) -> None:
    file(store, survey(hazard(3.0), day=30))
    file(store, survey(hazard(4.4, grade="general"), tile="b", day=1))
    assert [f["grade"] for f in findings(store)] == ["serious"]
    held = rows.hazards(store, rows.surveys(store)[0]["id"], 1)[0]
    assert [r["clearance_m"] for r in rows.trend(store, held["hazard"])] == [4.4, 3.0]


def test_a_rejected_place_returns_only_when_it_got_worse(store: Store) -> None:
    file(store, survey(hazard(3.0)))
    acts.act(store, findings(store)[0]["id"], "reject", "d1")
    file(store, survey(hazard(3.0), tile="b", day=2))
    assert [f["state"] for f in findings(store)] == ["rejected"]
    file(store, survey(hazard(1.0, grade="critical"), tile="c", day=3))
    assert sorted((f["state"], f["grade"]) for f in findings(store)) == [
        ("new", "critical"),
        ("rejected", "serious"),
    ]


def test_a_repaired_place_that_grows_again_is_a_new_finding(store: Store) -> None:
    file(store, survey(hazard()))
    done = findings(store)[0]["id"]
    acts.act(store, done, "accept", "d1")
    felled = file(store, survey(tile="f", day=90))["survey"]
    acts.act(store, done, "close", "d1", survey=felled)
    assert isinstance(store.clock, ManualClock)
    store.clock.advance(1)
    told = file(store, survey(hazard(), tile="b", day=200))
    assert sorted(f["state"] for f in findings(store)) == ["closed", "new"]
    assert (
        rows.last_readings(store, [done])[done]["survey"] != told["survey"]
    )  # what it was when it was closed
    (held,) = rows.hazards(store, told["survey"], 1)
    assert len(rows.trend(store, held["hazard"])) == 2


def test_an_accepted_hazard_keeps_its_kind_and_gets_a_work_order(store: Store) -> None:
    file(store, survey(hazard()))
    done = acts.act(store, findings(store)[0]["id"], "accept", "d1", kind="nest", grade="critical")
    assert done["kind"] == "clearance"
    assert [o["grade"] for o in review_rows.orders(store)] == ["critical"]


def test_the_alert_runs_from_the_end_of_the_computation(store: Store) -> None:
    told = file(store, survey(hazard(), computed_us=store.clock.now_us() - 700_000))
    assert told["alert_s"] == 0.7  # the clock of tests stands still


def test_field_is_not_for_a_file_that_somebody_names(store: Store) -> None:
    with pytest.raises(BadInput, match="origin"):
        file(store, survey(hazard(), origin="field"))
    assert rows.surveys(store) == []


def test_a_fault_in_the_middle_stores_nothing(store: Store) -> None:
    broken = survey(hazard(), hazard(lat=24.0, span=9))
    with pytest.raises(KeyError):
        file(store, broken)
    assert (rows.surveys(store), findings(store), events(store)) == ([], [], [])


def test_a_thousand_hazards_are_each_filed_and_each_found_again(store: Store) -> None:
    first = file(store, many(1000))
    again = file(store, many(1000, tile="b", day=300))
    assert (first["new"], first["again"], again["new"], again["again"]) == (1000, 0, 0, 1000)
    assert len(findings(store)) == 1000
    worst = rows.spans(store, 1)[0][0]
    held = rows.hazards(store, again["survey"], worst["span"])
    assert len(held) == worst["hazards"] == 50
    for one in held[:3]:
        assert [r["survey"] for r in rows.trend(store, one["hazard"])] == [first["survey"], again["survey"]]
    kinds = [kind for kind, _ in events(store)]
    assert kinds == [
        *["powerline_finding"] * 1000,
        "powerline_survey",
        "powerline_alert",
        "powerline_survey",
        "powerline_alert",
    ]


def test_the_row_that_is_written_is_the_value_that_was_told(store: Store) -> None:
    told = survey(
        hazard(
            lat=23.400000123456789, lon_deg=113.30000000000001, clearance_m=0.1 + 0.2, rule_zh='导线 \\ "树"'
        )
    )
    filed = file(store, told)
    (held,) = rows.hazards(store, filed["survey"], 1)
    assert (held["lat_deg"], held["lon_deg"], held["clearance_m"]) == (
        23.400000123456789,
        113.30000000000001,
        0.1 + 0.2,
    )
    assert held["rule_zh"] == '导线 \\ "树"'
    drawn = rows.span(store, filed["survey"], 1)
    assert drawn is not None
    assert drawn["profile"] == told.profiles[1]


def test_two_trees_close_together_take_one_known_place_each() -> None:
    known = [hazard(lat=23.4), hazard(lat=23.4 + 4 * A_METRE)]
    found = [hazard(lat=23.4 + 1.5 * A_METRE), hazard(lat=23.4 - 1 * A_METRE)]
    got = matches(known, found)
    assert got[1] is known[0]
    assert got[0] is known[1]


def test_spans_are_listed_worst_first_as_their_latest_survey_saw_them(store: Store) -> None:
    file(store, survey(hazard(grade="critical"), hazard(lat=23.5, span=2, grade="general")))
    file(store, survey(hazard(lat=23.5, span=2, grade="severe"), tile="b", day=2))
    spans, total = rows.spans(store, 10)
    assert total == 2
    assert [(s["span"], s["grade"]) for s in spans] == [(2, "serious"), (1, None)]
