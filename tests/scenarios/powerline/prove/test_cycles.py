"""Unattended cycles: what counts, what counts against, and what is not counted yet."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from mumian.scenarios.powerline.prove.cycles import unattended_cycles

SHUT = {"drone": "in", "putter": "closed", "cover": "closed", "charging": True, "battery_percent": 55.0}


def view(*entries: tuple[str, dict[str, Any]]) -> Any:
    """Events of the dock D-A, or of the one named by `dock`, a second apart."""
    rows = [SimpleNamespace(id=n, at_us=n * 1_000_000, subject=body.pop("sn", "D-A"), body={"event": event, **body}) for n, (event, body) in enumerate(entries)]  # fmt: skip
    return SimpleNamespace(events=lambda *kinds: rows if "powerline_dock" in kinds else [])


def begun(id: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "cycle begun", {"cycle": id, **more}


def flying(id: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "cycle phase", {"cycle": id, "phase": "flying", **more}


def ended(id: str, outcome: str = "done", dock: dict[str, Any] | None = None, **more: Any) -> tuple[str, dict[str, Any]]:  # fmt: skip
    return "cycle ended", {
        "cycle": id,
        "outcome": outcome,
        "limit_percent": 60.0,
        "dock": dock or SHUT,
        **more,
    }


def counted(*entries: tuple[str, dict[str, Any]]) -> tuple[float | None, float]:
    found = unattended_cycles(view(*entries))
    return found.k, found.n


def test_a_whole_cycle_counts() -> None:
    assert counted(begun("1"), ("order", {"cycle": "1"}), flying("1"), ended("1")) == (1, 1)


def test_one_that_still_runs_is_not_counted() -> None:
    assert counted(begun("1"), flying("1"), ended("1"), begun("2"), flying("2")) == (1, 1)


@pytest.mark.parametrize("outcome", ["broken", "stopped", "interrupted"])
def test_one_that_ended_otherwise_counts_against(outcome: str) -> None:
    assert counted(begun("1"), flying("1"), ended("1", outcome)) == (0, 1)


@pytest.mark.parametrize("by", [("order", {"cycle": None, "by": "d1"}), ("foreign order", {"tid": "x"})])
def test_an_order_of_somebody_between_counts_against(by: tuple[str, dict[str, Any]]) -> None:
    assert counted(begun("1"), by, flying("1"), ended("1")) == (0, 1)
    assert counted(by, begun("1"), flying("1"), ended("1"), by) == (1, 1)


def test_an_order_to_another_dock_does_not() -> None:
    assert counted(begun("1"), ("order", {"cycle": None, "sn": "D-B"}), flying("1"), ended("1")) == (1, 1)


def test_two_docks_at_once() -> None:
    entries = (begun("1"), begun("2", sn="D-B"), flying("1"), flying("2", sn="D-B"), ended("1"), ended("2", "broken", sn="D-B"))  # fmt: skip
    assert counted(*entries) == (1, 2)


@pytest.mark.parametrize(
    "part", [{"cover": "open"}, {"putter": "open"}, {"drone": "away"}, {"charging": False}]
)
def test_a_cycle_that_says_done_and_is_not_counts_against(part: dict[str, Any]) -> None:
    assert counted(begun("1"), flying("1"), ended("1", dock=SHUT | part)) == (0, 1)


def test_a_charged_battery_need_not_charge() -> None:
    full = SHUT | {"charging": False, "battery_percent": 60.0}
    assert counted(begun("1"), flying("1"), ended("1", dock=full)) == (1, 1)


def test_without_take_off_it_is_no_cycle() -> None:
    assert counted(begun("1"), ended("1")) == (0, 1)


def test_an_end_that_never_came_counts_against_once_another_begins() -> None:
    assert counted(begun("1"), flying("1"), begun("2"), flying("2"), ended("2")) == (1, 2)


def test_bounds_are_exact() -> None:
    entries = [e for n in range(59) for e in (begun(f"{n}"), flying(f"{n}"), ended(f"{n}"))]
    found = unattended_cycles(view(*entries))
    assert (found.value, found.n, found.method) == (1.0, 59, "clopper-pearson")
    assert found.lower == pytest.approx(0.05 ** (1 / 59))
