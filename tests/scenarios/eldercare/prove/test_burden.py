"""False alarms per resident-day, time to acknowledge, alarms lost, residents served."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.prove.sealing import SECOND, T0, seal
from tests.scenarios.eldercare.prove.journal import Journal

from mumian.core.prove.evidence import Evidence
from mumian.scenarios.eldercare.prove import INDICATORS
from mumian.scenarios.eldercare.prove.burden import (
    acknowledge_p50,
    acknowledge_p95,
    false_alarms_per_resident_day,
)
from mumian.scenarios.eldercare.prove.coverage import residents_served
from mumian.scenarios.eldercare.prove.lost import alarms_lost


def test_two_devices_of_one_resident_make_no_second_day(tmp_path):
    journal = Journal()
    for hour in range(24):
        journal.exposure(hour, 3600)
        journal.exposure(hour, 1800, device="w1")
    journal.alarm("A1", 1, kind="spo2", acked=2, result="false")
    journal.alarm("A2", 3, kind="fall", acked=4, result="true")
    journal.alarm("A3", 5, kind="sos", acked=6, result="test")
    found = false_alarms_per_resident_day(journal.view(tmp_path))
    assert (found.k, found.n, found.value) == (1, 1.0, 1.0)


def test_an_hour_told_in_two_parts_is_their_sum(tmp_path):
    journal = Journal()
    journal.exposure(0, 1000)
    journal.exposure(0, 800)
    assert false_alarms_per_resident_day(journal.view(tmp_path)).n == pytest.approx(1800 / 86_400)


def test_the_time_to_acknowledge_is_the_first_one(tmp_path):
    journal = Journal()
    for k in range(1, 101):
        journal.alarm(f"A{k}", 1000 * k, acked=1000 * k + k, result="true")
    journal.put(999_999, "alarm", alarm="A1", **{"from": "acknowledged", "to": "acknowledged"})
    p50, p95 = acknowledge_p50(journal.view(tmp_path)), acknowledge_p95(journal.view(tmp_path))
    assert (p50.value, p50.k, p50.n) == (50.0, 60, 100)
    assert (p95.value, p95.lower, p95.upper) == (95.0, 91.0, 99.0)


def test_an_alarm_nobody_answers_counts_with_the_time_so_far(tmp_path):
    journal = Journal()
    journal.alarm("A1", 0)
    assert acknowledge_p50(journal.view(tmp_path, until_s=180)).n == 0
    found = acknowledge_p50(journal.view(tmp_path, until_s=600))
    assert (found.value, found.n) == (600.0, 1)
    assert "still unanswered" in found.note


def test_what_returned_by_itself_or_was_reported_by_a_person_has_no_wait(tmp_path):
    journal = Journal()
    journal.alarm("A1", 0, kind="spo2", returned=30)
    journal.alarm("R", 0, device=None)
    journal.put(0, "reported_fall", person="p1", event_us=0, alarm="R")
    assert acknowledge_p50(journal.view(tmp_path)).n == 0


def test_none_is_lost_when_each_was_paged_or_answered_or_went_away(tmp_path):
    journal = Journal()
    journal.alarm("A1", 0, paged=20)
    journal.alarm("A2", 0, acked=5)
    journal.alarm("A3", 0, kind="spo2", returned=9)
    journal.alarm("A4", 0, kind="blind", tier="warn")
    journal.finding(0, alarm="A1")
    found = alarms_lost(journal.view(tmp_path))
    assert (found.k, found.n, found.value) == (0, 3, 0.0)


def test_an_alarm_that_reached_nobody_is_lost_after_two_minutes(tmp_path):
    journal = Journal()
    journal.alarm("A1", 0)
    assert alarms_lost(journal.view(tmp_path, until_s=120)).n == 0
    found = alarms_lost(journal.view(tmp_path, until_s=121))
    assert (found.k, found.n) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "why", "holds", "k"),
    [
        ("sos", None, True, 1),
        ("sos", "rule sos@1 asks for none", True, 1),
        ("fall", None, True, 1),
        ("fall", "rule fall@1 asks for none", True, 0),
        ("fall", "gone", False, 0),
        ("spo2", None, True, 0),
    ],
)
def test_a_finding_that_demanded_an_alarm_and_has_none_is_lost(tmp_path, kind, why, holds, k):
    journal = Journal()
    journal.finding(0, kind=kind, why=why, holds=holds)
    assert alarms_lost(journal.view(tmp_path)).k == k


def test_a_finding_told_again_after_a_crash_keeps_its_alarm(tmp_path):
    journal = Journal()
    journal.alarm("A1", 0, paged=3)
    journal.finding(0, kind="sos", alarm="A1")
    journal.finding(0, kind="sos", why="raised before")
    assert alarms_lost(journal.view(tmp_path)).k == 0


def test_a_resident_is_served_after_thirty_days_of_data(tmp_path):
    journal = Journal()
    for day in range(30):
        for hour in range(4):
            journal.exposure(24 * day + hour, 100.0, person="served")
            if day < 29:
                journal.exposure(24 * day + hour, 3600.0, device="b2", person="one day short")
            if hour < 3:
                journal.exposure(24 * day + hour, 3600.0, device="b3", person="too few hours a day")
    found = residents_served(journal.view(tmp_path))
    assert (found.value, found.lower, found.final) == (1, 1, False)


def _busy(origin: str) -> Journal:
    journal, rng = Journal(origin), random.Random(origin)
    for k in range(40):
        at_s = 300.0 * k
        journal.truth(at_s, at_s + 3)
        if rng.random() < 0.9:
            result = rng.choice(["true", "true", "false", "test", None])
            journal.alarm(
                f"{origin}{k}", at_s + 2, acked=at_s + rng.uniform(5, 90), result=result, paged=at_s + 4
            )
            journal.finding(at_s + 2, alarm=f"{origin}{k}")
        journal.exposure(k, rng.uniform(0, 3600))
    return journal


def _figures(segments, origin):
    with Evidence(segments) as opened:
        view = opened.view(origin, T0 - SECOND, T0 + 10_000_000 * SECOND)
        return {i.id: i(view) for i in INDICATORS}


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), parts=st.integers(1, 5))
def test_order_and_repetition_change_no_figure_and_origins_never_mix(tmp_path, seed, parts):
    rng = random.Random(seed)
    field, replay = _busy("field"), _busy("replay")
    moved = [(number + 1000, *rest) for number, *rest in replay.rows]
    rows = [*field.rows, *moved]
    rows += rng.choices(rows, k=60)
    rng.shuffle(rows)
    segments = [seal(tmp_path / str(seed), rows[k::parts], str(k)) for k in range(parts)]
    assert _figures(segments, "field") == _figures([seal(tmp_path, field.rows)], "field")
    assert _figures(segments, "replay") == _figures([seal(tmp_path, replay.rows)], "replay")


def test_taking_a_segment_away_changes_the_figures(tmp_path):
    journal = _busy("field")
    whole = [seal(tmp_path, journal.rows[k::3], str(k)) for k in range(3)]
    for k in range(3):
        assert _figures(whole[:k] + whole[k + 1 :], "field") != _figures(whole, "field")


def test_every_indicator_says_what_it_counts_in_both_languages():
    for each in INDICATORS:
        assert each.id.startswith("eldercare.")
        assert each.title["zh"]
        assert each.title["en"]
        assert len(each.about) > 60
        assert each.clause.startswith("四(八)")
        assert each.source
    assert len({i.id for i in INDICATORS}) == len(INDICATORS) == 7
