"""Figures from a flight's ledgers and the reviewers' words."""

from __future__ import annotations

import pytest
from tests.scenarios.powerline.prove.test_alert import view

from mumian.scenarios.powerline.prove.coverage import coverage
from mumian.scenarios.powerline.prove.ledger import data_reduction
from mumian.scenarios.powerline.prove.recognition import recognition_rate


def seen(flight: str, k: int, n: int, **lacking: int):
    return ("powerline_coverage", {"flight": flight, "required": n, "seen": k, "blurred": 0, "missing": 0, "unbound": 0} | lacking)  # fmt: skip


def test_coverage_is_the_share_of_required_shots_that_were_seen() -> None:
    got = coverage(view(seen("a", 44, 45, blurred=1), seen("b", 40, 45, missing=3, unbound=2)))
    assert (got.k, got.n, got.value) == (84, 90, pytest.approx(84 / 90))
    assert got.lower is not None and got.lower < 84 / 90
    assert got.note == "2 flights; 1 blurred, 3 missing, 2 unbound"


def test_the_last_word_on_a_flight_counts_and_no_flight_is_no_figure() -> None:
    got = coverage(view(seen("a", 0, 45, unbound=45), seen("a", 45, 45)))
    assert (got.k, got.n) == (45, 45)
    assert coverage(view()).value is None


def flown(flight: str, original: int, kept: int):
    return ("powerline_flight", {"flight": flight, "photos": 10, "original_bytes": original, "kept_bytes": kept, "audited": 1})  # fmt: skip


def test_bytes_are_counted_over_all_flights_and_each_flight_once() -> None:
    got = data_reduction(view(flown("a", 1000, 900), flown("a", 1000, 100), flown("b", 3000, 300)))
    assert (got.value, got.n, got.k) == (pytest.approx(0.9), 2, 20)
    assert data_reduction(view()).value is None


def word(finding: str, to: str, model: str | None = "banyan@1"):
    return ("powerline_review", {"finding": finding, "to": to, "model": model, "kind": "defect"})


def test_recall_over_confirmed_defects_by_the_last_word() -> None:
    told = [word("a", "accepted"), word("b", "accepted"), word("b", "closed"), word("c", "rejected"), word("d", "rejected"), word("d", "new"), word("e", "accepted", None)]  # fmt: skip
    got = recognition_rate(view(*told))
    assert (got.k, got.n) == (2, 3)
    assert got.note == "1 findings rejected as false; 0 confirmed as another kind"


def test_a_finding_confirmed_as_another_kind_was_not_recognised() -> None:
    def said(to: str, kind: str, was: str):
        return ("powerline_review", {"finding": "a", "to": to, "model": "banyan@1", "kind": kind, "was": was})

    got = recognition_rate(view(said("accepted", "nest", "defect"), said("closed", "nest", "nest")))
    assert (got.k, got.n, got.note) == (0, 1, "0 findings rejected as false; 1 confirmed as another kind")
