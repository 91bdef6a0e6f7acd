"""Intervals against published values: a promised bound that is a digit too kind would pass an acceptance wrongly."""

from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.understand.evaluation import clopper_pearson, rate_interval, wilson


def counts() -> st.SearchStrategy[tuple[int, int]]:
    return st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("n", "errors"), [(59, 0), (93, 1), (124, 2), (153, 3), (181, 4)])
def test_the_sample_sizes_of_the_acceptance_tables(n: int, errors: int) -> None:
    """95 % confidence that at least 95 % conform (Wilks 1941): one trial fewer does not suffice."""
    assert clopper_pearson(n - errors, n, one_sided=True).low >= 0.95
    assert clopper_pearson(n - 1 - errors, n - 1, one_sided=True).low < 0.95


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_newcombe_1998_prints_it(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n)[1:] == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_clopper_pearson_as_newcombe_1998_prints_it(k: int, n: int, low: float, high: float) -> None:
    assert clopper_pearson(k, n)[1:] == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)])
def test_poisson_as_garwood_1936_prints_it(count: int, low: float, high: float) -> None:
    assert rate_interval(count, 1.0)[1:] == pytest.approx((low, high), rel=1e-3)


def test_no_event_in_three_hours_bounds_the_rate_by_one() -> None:
    assert rate_interval(0, 3.0, one_sided=True).high == pytest.approx(0.9986, abs=1e-3)


@given(counts())
def test_the_exact_interval_holds_the_estimate_and_mirrors(kn: tuple[int, int]) -> None:
    k, n = kn
    here, mirrored = clopper_pearson(k, n), clopper_pearson(n - k, n)
    assert here.low <= here.value <= here.high
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx(here[1:], abs=1e-9)


@given(counts())
def test_wilson_lies_within_nought_and_one(kn: tuple[int, int]) -> None:
    assert 0 <= wilson(*kn).low <= wilson(*kn).value <= wilson(*kn).high <= 1


def test_nothing_tried_proves_nothing() -> None:
    assert isnan(wilson(0, 0).value)
    assert wilson(0, 0)[1:] == (0.0, 1.0)
    assert clopper_pearson(0, 0)[1:] == (0.0, 1.0)
    assert rate_interval(0, 0.0)[1:] == (0.0, inf)


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3)])
def test_an_impossible_count_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson(k, n)
    with pytest.raises(ValueError, match="is no share"):
        clopper_pearson(k, n)


def test_events_outside_any_hour_and_odd_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be a rate"):
        rate_interval(1, 0.0)
    with pytest.raises(ValueError, match="must lie between"):
        rate_interval(1, 1.0, level=95)
