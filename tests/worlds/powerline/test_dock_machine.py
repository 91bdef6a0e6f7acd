"""Any sequence of orders, goals, faults, returns and waits, searched and shrunk: no dock is ever unsafe, and no dock does what the ground forbids."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mumian.scenarios.powerline.decide.dock.next_order import next_order
from mumian.scenarios.powerline.decide.dock.offers import offers
from mumian.scenarios.powerline.domain.dock import ORDERS, Dock, forbids, forbids_cycle, sensible, unsafe
from mumian.scenarios.powerline.observe.dock import envelope
from mumian.worlds.powerline.dock_body import FAULTS, OK, Body


class DockMachine(RuleBasedStateMachine):
    """The works of the simulated dock under the ground's interlocks; `seen` goes over the wire's own form."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Body()

    def seen(self) -> Dock:
        return envelope.dock(self.body.osd())

    @rule(method=st.sampled_from(ORDERS), limit=st.sampled_from((30.0, 60.0, 90.0)))
    def ordered_past_the_ground(self, method: str, limit: float) -> None:
        """Somebody orders who asks no interlock of ours."""
        before = self.seen()
        code = self.body.order(method, {"limit_percent": limit})
        if code == OK and method in sensible(before):
            assert forbids(before, method) is None, f"done though {forbids(before, method)}: {before}"

    @rule(
        goal=st.sampled_from(("fly", "charge", "open", "close")),
        waits=st.lists(st.sampled_from((1.0, 9.0)), max_size=8),
    )
    def pursued(self, goal: str, waits: list[float]) -> None:
        """The service goes after a goal, as a cycle does, and orders nothing that an interlock forbids."""
        for seconds in waits:
            before = self.seen()
            wanted = next_order(goal, before)  # type: ignore[arg-type]
            if wanted and forbids(before, wanted.method) is None:
                self.body.order(wanted.method, dict(wanted.data))
            self.body.tick(seconds)
            assert not unsafe(self.seen())

    @rule(seconds=st.floats(0.1, 700))
    def waited(self, seconds: float) -> None:
        self.body.tick(seconds)

    @rule(name=st.sampled_from(FAULTS))
    def hurt(self, name: str) -> None:
        self.body.fault(name)

    @rule(name=st.sampled_from(FAULTS))
    def mended(self, name: str) -> None:
        self.body.mend(name)

    @precondition(lambda self: self.body.drone == "away")
    @rule()
    def came_home(self) -> None:
        self.body.approach()

    @invariant()
    def is_safe(self) -> None:
        assert not unsafe(self.seen()), f"{unsafe(self.seen())}: {self.seen()}"

    @invariant()
    def offers_nothing_forbidden(self) -> None:
        seen = self.seen()
        offered = offers(seen)
        for method, lock in offered["orders"].items():
            assert bool(lock) == (forbids(seen, method) is not None)
        if seen.drone != "in" or seen.faults or seen.rain:
            assert forbids_cycle(seen) is not None
            assert offered["cycle"]


class ManyDocks(DockMachine):
    """The same, for longer."""


_HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much]
TestDock = DockMachine.TestCase
TestDock.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=_HEALTH
)
TestThousandDocks = pytest.mark.slow(ManyDocks.TestCase)
TestThousandDocks.settings = settings(
    max_examples=1000, stateful_step_count=50, deadline=None, suppress_health_check=_HEALTH
)


def test_a_goal_pursued_within_the_machine_takes_off() -> None:
    machine = DockMachine()
    machine.pursued("fly", [9.0] * 8)
    assert machine.body.drone == "away"


@pytest.mark.parametrize("wall", ["_may", "_charge"])
def test_the_search_finds_a_dock_without_interlocks(wall: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that cannot fail would show nothing."""
    monkeypatch.setattr(Body, "_may", lambda self, part, to: True) if wall == "_may" else monkeypatch.setattr(
        Body, "_charge", lambda self, data: setattr(self, "charging", True) or OK
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            DockMachine,
            settings=settings(
                TestDock.settings, database=None, print_blob=False, phases=[Phase.generate], max_examples=300
            ),
        )  # type: ignore[no-untyped-call]
