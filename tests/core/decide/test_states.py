"""The table of states: what the issue allows is allowed, all else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.decide import states

ALLOWED = {
    (None, "raise", "new"), ("new", "acknowledge", "acknowledged"), ("returned", "acknowledge", "acknowledged"),
    ("shelved", "acknowledge", "acknowledged"), ("acknowledged", "handover", "acknowledged"),
    ("acknowledged", "resolve", "resolved"), ("new", "shelve", "shelved"), ("acknowledged", "shelve", "shelved"),
    ("returned", "shelve", "shelved"), ("shelved", "unshelve", "new"), ("shelved", "lapse", "returned"),
    ("new", "clear", "returned"),
    ("returned", "recur", "new"),
}  # fmt: skip
ACTIONS = sorted({action for _, action, _ in ALLOWED})


@pytest.mark.parametrize("state", [None, *states.STATES])
@pytest.mark.parametrize("action", ACTIONS)
def test_exactly_the_written_transitions_are_possible(state: str | None, action: str) -> None:
    target = next((t for s, a, t in ALLOWED if (s, a) == (state, action)), None)
    if target is None:
        with pytest.raises(states.TransitionForbidden) as refused:
            states.follow(state, action)
        assert refused.value.status == 409
    else:
        assert states.follow(state, action) == target


@given(st.lists(st.sampled_from(ACTIONS), max_size=30))
def test_nothing_leaves_resolved_and_nothing_skips_acknowledged(actions: list[str]) -> None:
    state: str | None = None
    seen: list[str | None] = [None]
    for action in actions:
        try:
            state = states.follow(state, action)
        except states.TransitionForbidden:
            continue
        seen.append(state)
    if "resolved" in seen:
        assert seen[seen.index("resolved") - 1] == "acknowledged"
        assert seen[-1] == "resolved"
