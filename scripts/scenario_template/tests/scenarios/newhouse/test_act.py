"""Tasks are made when an alarm is raised and closed when it is over; a kind of another house makes none."""

from __future__ import annotations

from mumian.core.act.following import Moved
from mumian.scenarios.newhouse import act, decide

AT_US = 1_800_000_000_000_000


def moved(kind: str, action: str, to: str) -> Moved:
    return Moved(1, "A-1", kind, action, to, None, None, "D-1", AT_US)


def test_what_is_left_to_do_is_about_a_kind_that_has_a_rule() -> None:
    assert set(act.ON_RAISE) <= set(decide.rules().rules)


def test_a_task_is_due_after_the_alarm_and_closed_with_it() -> None:
    for kind in act.ON_RAISE:
        (task,) = act.tasks_after(moved(kind, "raise", "new"))
        assert task.text
        assert task.due_us is not None and task.due_us > AT_US
        assert all(each.closes for each in act.tasks_after(moved(kind, "clear", "returned")))


def test_a_kind_of_another_house_leaves_nothing_to_do() -> None:
    assert list(act.tasks_after(moved("of another house", "raise", "new"))) == []
