"""The algebra of intervals against sets of points."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mumian.core.kernel.authorised import ALWAYS
from mumian.core.registry.intervals import holds, intersect, interval, join, subtract

spans = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def points(found):
    return {t for a, b in found for t in range(a, b)}


@given(spans, spans)
def test_join_intersect_and_subtract_are_those_of_sets(ones, others):
    assert points(join(ones)) == points(ones)
    assert points(intersect(ones, others)) == points(ones) & points(others)
    assert points(subtract(ones, others)) == points(ones) - points(others)


@given(spans, spans)
def test_results_are_sorted_disjoint_and_never_empty_inside(ones, others):
    for found in (join(ones), intersect(ones, others), subtract(ones, others)):
        assert all(a < b for a, b in found)
        assert all(left[1] < right[0] for left, right in pairwise(found))


def test_open_intervals_reach_to_the_end_of_time():
    assert interval(5, None) == (5, ALWAYS[1])
    assert subtract([ALWAYS], [(3, 7)]) == ((ALWAYS[0], 3), (7, ALWAYS[1]))
    assert holds(5, None, 5)
    assert not holds(5, 9, 9)
