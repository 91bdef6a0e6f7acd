"""Fall recall: against the world's truth in replay and simulation, against staff in the field."""

from __future__ import annotations

import pytest
from tests.core.prove.sealing import SECOND, T0
from tests.scenarios.eldercare.prove.journal import Journal

from mumian.core.kernel.clock import iso
from mumian.scenarios.eldercare.prove.burden import false_alarms_per_hour
from mumian.scenarios.eldercare.prove.falls import fall_recall


def recall(journal, folder, until_s=1e6):
    found = fall_recall(journal.view(folder, until_s))
    return found.k, found.n


@pytest.mark.parametrize(("event_s", "k"), [(97.9, 0), (98.0, 1), (101.0, 1), (113.0, 1), (113.1, 0)])
def test_an_alarm_belongs_to_a_fall_from_2_s_before_to_10_s_after_it(tmp_path, event_s, k):
    journal = Journal("replay")
    journal.truth(100, 103)
    journal.alarm("A1", 116, event_s=event_s)
    assert recall(journal, tmp_path) == (k, 1)


def test_another_bands_alarm_finds_nothing(tmp_path):
    journal = Journal("replay")
    journal.truth(100, 103)
    journal.alarm("A1", 104, event_s=101, device="b2")
    assert recall(journal, tmp_path) == (0, 1)


def test_one_alarm_finds_one_fall(tmp_path):
    journal = Journal("simulation")
    journal.truth(100, 103)
    journal.truth(105, 108)
    journal.alarm("A1", 107, event_s=106)
    assert recall(journal, tmp_path) == (1, 2)
    journal.finding(118, event_s=117.5, alarm="A1", why="open already")
    assert recall(journal, tmp_path) == (2, 2)


def test_the_pairing_finds_as_many_as_can_be_paired(tmp_path):
    journal = Journal("simulation")
    journal.truth(100, 130)  # fits both alarms
    journal.truth(100, 101)  # fits the first only
    journal.alarm("A1", 105, event_s=105)
    journal.alarm("A2", 125, event_s=125)
    assert recall(journal, tmp_path) == (2, 2)


def test_a_fall_that_was_seen_but_called_nobody_is_missed(tmp_path):
    journal = Journal("replay")
    journal.truth(100, 103)
    journal.finding(104, event_s=101, why="rule fall@1 asks for none")
    assert recall(journal, tmp_path) == (0, 1)


def test_a_fall_still_under_way_is_not_judged_yet(tmp_path):
    journal = Journal("replay")
    journal.truth(100, 103)
    assert recall(journal, tmp_path, until_s=127.9) == (0, 0)
    assert recall(journal, tmp_path, until_s=128) == (0, 1)


def test_a_fall_of_the_past_is_judged_once_the_service_had_time_to_hear_of_it(tmp_path):
    journal = Journal("replay")
    journal.truth(-900, -897, told_s=100)  # a faster world begins in the past
    assert recall(journal, tmp_path, until_s=114) == (0, 0)
    assert recall(journal, tmp_path, until_s=115) == (0, 1)


def test_truth_is_read_as_it_came_over_the_wire(tmp_path):
    journal = Journal("replay")
    span = {"from": iso(T0 + 100 * SECOND), "until": iso(T0 + 103 * SECOND)}
    journal.put(103, "truth", device="b1", kind="fall", recording="r", **span)
    journal.alarm("A1", 104, event_s=101)
    assert recall(journal, tmp_path) == (1, 1)


def test_everyday_trials_are_no_falls(tmp_path):
    journal = Journal("replay")
    journal.truth(100, 103, kind="adl")
    journal.alarm("A1", 102)
    assert recall(journal, tmp_path) == (0, 0)


def test_in_the_field_a_reported_fall_counts_as_missed(tmp_path):
    journal = Journal()
    for k in range(8):
        journal.alarm(f"A{k}", 100 * k, acked=100 * k + 20, result="true")
    journal.alarm("F", 900, acked=920, result="false")
    journal.alarm("T", 950, acked=970, result="test")
    journal.alarm("R", 1000, device=None, acked=1001, result="true")
    journal.put(1000, "reported_fall", person="p1", event_us=0, alarm="R")
    journal.alarm("open", 2000)
    found = fall_recall(journal.view(tmp_path))
    assert (found.k, found.n) == (8, 9)
    assert "1 fall alarms not resolved yet" in found.note


def test_a_report_that_turned_out_false_is_no_fall(tmp_path):
    journal = Journal()
    journal.alarm("A", 1, acked=2, result="true")
    journal.alarm("R", 1000, device=None, acked=1001, result="false")
    journal.put(1000, "reported_fall", person="p1", event_us=0, alarm="R")
    assert recall(journal, tmp_path) == (1, 1)


def test_false_alarms_are_those_outside_every_true_fall_of_their_band(tmp_path):
    journal = Journal("replay")
    journal.exposure(0, 3600)
    journal.exposure(0, 1800, device="b2", person="p2")
    journal.truth(100, 103)
    journal.alarm("hit", 104, event_s=101)
    journal.alarm("again", 111, event_s=110)  # a second alarm of the same fall is late, not false
    journal.alarm("false", 500)
    journal.alarm("other band", 104, event_s=101, device="b2")
    journal.alarm("drill", 600, acked=601, result="test")
    journal.alarm("sos", 700, kind="sos")
    found = false_alarms_per_hour(journal.view(tmp_path))
    assert (found.k, found.n, found.value) == (2, 1.5, pytest.approx(2 / 1.5))


def test_in_the_field_false_is_what_staff_resolved_as_false(tmp_path):
    journal = Journal()
    journal.exposure(0, 3600)
    journal.alarm("A1", 1, acked=2, result="false")
    journal.alarm("A2", 10, acked=12, result="test")
    journal.alarm("A3", 20)
    found = false_alarms_per_hour(journal.view(tmp_path))
    assert (found.k, found.n) == (1, 1.0)
