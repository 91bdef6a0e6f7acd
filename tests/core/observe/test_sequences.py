"""Numbers of a device: duplicates collapse, a gap holds the acknowledgement back, any order gives the same runs."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mumian.core.observe.sequences import Runs, Sequences, as_multirange

numbers = st.lists(st.integers(1, 200), max_size=300)


@given(numbers)
def test_runs_hold_exactly_what_was_added(added: list[int]) -> None:
    runs = Runs()
    fresh = [n for n in added if runs.add(n)]
    assert sorted(fresh) == sorted(set(added))
    assert {n for lo, hi in runs.runs() for n in range(lo, hi + 1)} == set(added)


@given(numbers)
def test_runs_are_merged_and_apart(added: list[int]) -> None:
    runs = Runs()
    for n in added:
        runs.add(n)
    listed = runs.runs()
    assert all(lo <= hi for lo, hi in listed)
    assert all(before[1] + 1 < after[0] for before, after in itertools.pairwise(listed))


@given(numbers)
def test_acknowledged_is_the_end_of_the_first_run(added: list[int]) -> None:
    sequences = Sequences()
    acks = sequences.settle({"B-1": [n for n in added if sequences.take("B-1", n)]})
    expected = next((n - 1 for n in range(1, 202) if n not in set(added)), 0)
    assert acks == {"B-1": expected}


def test_a_taken_number_is_not_acknowledged_before_it_is_durable() -> None:
    sequences = Sequences()
    assert sequences.take("B-1", 1)
    assert sequences.acknowledged("B-1") == 0
    assert not sequences.take("B-1", 1)
    assert sequences.settle({"B-1": [1]}) == {"B-1": 1}


def test_multirange_is_postgresql_text() -> None:
    assert as_multirange([3, 1, 2, 9]) == "{[1,3],[9,9]}"


@given(numbers, numbers)
def test_taking_out_leaves_exactly_the_others(added: list[int], taken_out: list[int]) -> None:
    runs = Runs()
    for n in added:
        runs.add(n)
    for n in taken_out:
        runs.discard(n)
    left = set(added) - set(taken_out)
    assert {n for lo, hi in runs.runs() for n in range(lo, hi + 1)} == left
    assert {n for n in range(202) if n in runs} == left


def test_a_released_number_can_be_taken_again_and_a_durable_one_cannot() -> None:
    sequences = Sequences()
    for seq in (1, 2, 3):
        assert sequences.take("B-1", seq)
    sequences.settle({"B-1": [1]})
    sequences.release({"B-1": [1, 2]})
    assert [sequences.take("B-1", seq) for seq in (1, 2, 3)] == [False, True, False]
