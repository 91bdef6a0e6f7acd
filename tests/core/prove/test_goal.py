"""Verdicts: bounds decide, never the point; only field evidence meets a goal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.kernel.errors import BadInput
from mumian.core.prove import census, proportion, quantile, rate
from mumian.core.prove.estimate import Estimate
from mumian.core.prove.goal import parse, verdict


@pytest.mark.parametrize(("errors", "n"), [(0, 59), (1, 93), (2, 124), (5, 208), (10, 336), (20, 577)])
def test_sample_sizes_for_95_percent_are_those_of_the_handbook(errors, n):
    goal = parse(">=0.95")
    assert verdict(proportion(n - errors, n), goal, "field") == ("met", None)
    assert verdict(proportion(n - 1 - errors, n - 1), goal, "field") == ("insufficient", 1)


def test_all_right_in_41_cases_is_not_enough_and_18_more_would_be():
    found = proportion(41, 41)
    assert found.value == 1.0
    assert found.lower == pytest.approx(0.930, abs=5e-4)
    assert verdict(found, parse(">=0.95"), "field") == ("insufficient", 18)


@pytest.mark.parametrize(
    ("origin", "word"), [("field", "met"), ("replay", "demonstrated"), ("simulation", "rehearsed")]
)
def test_the_word_for_a_passed_goal_tells_the_origin(origin, word):
    assert verdict(proportion(300, 300), parse(">=0.95"), origin) == (word, None)


def test_enough_evidence_outside_the_goal_is_not_met():
    assert verdict(proportion(2000, 2900), parse(">=0.95"), "field") == ("not_met", None)
    assert verdict(rate(500, 10.0), parse("<=11"), "replay") == ("not_met", None)


def test_no_evidence_says_how_much_is_needed():
    assert verdict(proportion(0, 0), parse(">=0.92"), "field") == ("insufficient", 36)
    assert verdict(rate(0, 0), parse("<=0.56"), "field") == ("insufficient", 6)
    assert verdict(quantile([], 0.95, 180), parse("<=180"), "field") == ("insufficient", 59)
    assert verdict(census(12, final=False), parse(">=1000"), "field") == ("insufficient", 988)


def test_a_census_below_its_goal_is_not_met_once_its_period_is_over():
    assert verdict(census(999), parse(">=1000"), "field") == ("not_met", None)
    assert verdict(census(1000), parse(">=1000"), "field") == ("met", None)


def test_zero_means_none_lost_and_a_bound_on_what_could_still_be():
    goal = parse("=0 within 0.01")
    assert verdict(proportion(0, 299), goal, "field") == ("met", None)
    assert verdict(proportion(0, 200), goal, "field") == ("insufficient", 99)
    assert verdict(proportion(1, 5000), goal, "field") == ("not_met", None)


def test_p95_bounds_are_members_of_the_sample_with_exact_coverage():
    waits = [float(k) for k in range(1, 101)]
    found = quantile(waits, 0.95, 97)
    assert (found.value, found.lower, found.upper, found.k) == (95.0, 91.0, 99.0, 97)
    assert quantile(waits[:58], 0.95, 97).upper is None
    assert quantile(waits[:59], 0.95, 97).upper == 59.0


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from([">=0.9", "<=0.1", "=0 within 0.02"]))
def test_after_what_is_missing_was_added_the_goal_passes_and_not_one_case_before(k, more, text):
    goal = parse(text)
    n = k + more
    hits = k if text == ">=0.9" else min(k, 3) if text == "<=0.1" else 0
    word, needed = verdict(proportion(hits, n), goal, "field")
    if word != "insufficient" or needed is None:
        return
    gained = needed if text == ">=0.9" else 0
    assert verdict(proportion(hits + gained, n + needed), goal, "field")[0] == "met"
    assert verdict(proportion(hits + max(0, gained - 1), n + needed - 1), goal, "field")[0] != "met"


@given(st.integers(0, 300), st.integers(0, 300))
def test_bounds_enclose_the_value(k, more):
    for found in (proportion(k, k + more), rate(k, more + 0.5)):
        assert isinstance(found, Estimate)
        if found.value is not None:
            assert found.lower <= found.value <= found.upper


@pytest.mark.parametrize("text", ["0.9", "> 0.9", "=0 within", ">=90%", "=", ""])
def test_a_goal_that_cannot_be_read_is_refused(text):
    with pytest.raises(BadInput, match=r">=0\.92"):
        parse(text)
