"""The ladder: fixed step numbers, seconds by step, the nearest caregiver first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mumian.core.decide.ladder import Ladder, nearest
from mumian.core.decide.policy import ROLES


def test_step_numbers_do_not_depend_on_whether_the_band_was_asked() -> None:
    assert Ladder(("ask", "caregiver", "nurse", "director"), (15, 60, 120)).first() == 0
    assert Ladder(("caregiver", "nurse", "director"), (15, 60, 120)).first() == 1


def test_the_last_seconds_are_used_again() -> None:
    ladder = Ladder(ROLES, (15, 60))
    assert [ladder.wait_us(step) // 1_000_000 for step in range(4)] == [15, 60, 60, 60]


@given(st.lists(st.sampled_from(ROLES), unique=True))
def test_climbing_visits_every_role_once_and_ends(roles: list[str]) -> None:
    ladder = Ladder(tuple(sorted(roles, key=ROLES.index)), (1.0,))
    step, visited = ladder.first(), []
    while step is not None:
        visited.append(ROLES[step])
        step = ladder.after(step)
    assert visited == sorted(roles, key=ROLES.index)


def test_nearest_prefers_the_floor_then_the_idle() -> None:
    assert nearest([("a", "f1", 0), ("b", "f2", 3), ("c", "f2", 1)], "f2") == "c"
    assert nearest([], "f2") is None
