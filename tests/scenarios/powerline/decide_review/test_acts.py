"""What a reviewer may do to a finding, and which photograph may close it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mumian.core.kernel.errors import BadInput, NotFound
from mumian.core.store import Store
from mumian.scenarios.powerline.decide.coverage import rows as coverage_rows
from mumian.scenarios.powerline.decide.coverage.ledger import Look, ledger
from mumian.scenarios.powerline.decide.review import acts, rows
from mumian.scenarios.powerline.domain.photograph import Place
from mumian.scenarios.powerline.domain.review import ReviewForbidden

B = Place("17-1B-insulator", 17, 1, "B", "insulator")
C = Place("17-1C-insulator", 17, 1, "C", "insulator")
FAR = Place("18-1B-insulator", 18, 1, "B", "insulator")
HOUR_US = 3_600_000_000


def flight(store: Store, id: str, line: str = "荔湾线", origin: str = "replay") -> str:
    with store.tx() as cur:
        row = {"id": id, "line": line, "origin": origin, "made_us": store.clock.now_us(), "photos": 1, "original_bytes": 9, "kept_bytes": 1}  # fmt: skip
        rows.add(cur, "flights", rows.FLIGHT, row)
    return id


def photo(
    store: Store, of: str, name: str, at: Place | None, taken_us: int | None, fault: str | None = None
) -> str:
    sha256 = f"{abs(hash((of, name))):064x}"[:64]
    with store.tx() as cur:
        row = {"flight": of, "name": name, "sha256": sha256, "width": 9, "height": 9, "bytes": 9, "thumb": "0" * 64, "seen": 1, "fault": fault}  # fmt: skip
        rows.add(cur, "photos", rows.PHOTO, row)
        rows.put(cur, of, name, at, taken_us, None if at else "no_clock")
    return sha256


def finding(store: Store, of: str, name: str, id: str = "F1", model: str | None = "banyan@1") -> str:
    with store.tx() as cur:
        held = rows.held(cur, of)
        row = {"id": id, "flight": of, "photo": name, "kind": "defect", "score": 0.9, "threshold": 0.5, "model": model, "box": [], "origin": held["origin"],
               "grade": "serious", "state": "new", "made_us": store.clock.now_us(), "line": held["line"]}  # fmt: skip
        rows.add(cur, "findings", rows.FINDING, row)
        rows.place_findings(cur, of)
    return id


@pytest.fixture
def accepted(store: Store) -> Store:
    """A defect at tower 17, phase B, photographed at 1 h, accepted."""
    photo(store, flight(store, "L-1"), "a.jpg", B, HOUR_US)
    acts.act(store, finding(store, "L-1", "a.jpg"), "accept", "d1")
    return store


def reviews(store: Store) -> list[dict[str, Any]]:
    return [json.loads(b) for (b,) in store.query("select body from store.events where kind = 'powerline_review' order by id")]  # fmt: skip


def test_accepting_opens_a_work_order_that_says_where_it_is(accepted: Store) -> None:
    (order,) = rows.orders(accepted)
    assert (order["tower"], order["phase"], order["part"], order["closed_us"]) == (17, "B", "insulator", None)
    assert order["due_us"] - order["made_us"] == acts.days()["serious"] * 86_400_000_000


def test_a_later_clear_photograph_of_the_tower_closes_it(accepted: Store) -> None:
    sha256 = photo(accepted, flight(accepted, "L-2"), "b.jpg", B, 2 * HOUR_US)
    assert acts.act(accepted, "F1", "close", "d1", photo=sha256)["state"] == "closed"
    (order,) = rows.orders(accepted)
    assert (order["photo"], order["closed_by"]) == (sha256, "d1")
    assert reviews(accepted)[-1]["evidence"] == sha256


def refused(store: Store, sha256: str) -> None:
    before = reviews(store)
    with pytest.raises(BadInput, match="close"):
        acts.act(store, "F1", "close", "d1", photo=sha256)
    assert [f["state"] for f in rows.findings(store)] == ["accepted"]
    assert rows.orders(store)[0]["closed_us"] is None
    assert reviews(store) == before


def test_nothing_else_closes_it(accepted: Store) -> None:
    later = flight(accepted, "L-2")
    refused(accepted, "")
    refused(accepted, "0" * 64)
    refused(accepted, photo(accepted, "L-1", "same flight.jpg", B, 2 * HOUR_US))
    refused(accepted, photo(accepted, later, "earlier.jpg", B, HOUR_US // 2))
    refused(accepted, photo(accepted, later, "blurred.jpg", B, 2 * HOUR_US, "blurred"))
    refused(accepted, photo(accepted, later, "next tower.jpg", FAR, 2 * HOUR_US))
    refused(accepted, photo(accepted, later, "unbound.jpg", None, None))
    refused(accepted, photo(accepted, flight(accepted, "L-3", line="越秀线"), "x.jpg", B, 2 * HOUR_US))
    refused(accepted, photo(accepted, flight(accepted, "L-4", origin="simulation"), "x.jpg", B, 2 * HOUR_US))


def test_the_same_shot_is_offered_first_then_the_latest(accepted: Store) -> None:
    flight(accepted, "L-2")
    for n, (name, at) in enumerate([("b", B), ("c", C), ("b2", B), ("c2", C)]):
        photo(accepted, "L-2", name, at, (2 + n) * HOUR_US)
    offered = rows.reinspections(accepted, "F1", 10)
    assert [(o["name"], o["same"]) for o in offered] == [
        ("b2", True),
        ("b", True),
        ("c2", False),
        ("c", False),
    ]
    assert len(rows.reinspections(accepted, "F1", 1)) == 1


def test_a_finding_that_lies_nowhere_is_offered_nothing(store: Store) -> None:
    photo(store, flight(store, "L-1"), "a.jpg", None, None)
    acts.act(store, finding(store, "L-1", "a.jpg"), "accept", "d1")
    photo(store, flight(store, "L-2"), "b.jpg", B, 2 * HOUR_US)
    assert rows.reinspections(store, "F1", 10) == []


@pytest.mark.parametrize(
    ("acted", "then"),
    [
        ((), "close"),
        (("accept",), "reject"),
        (("accept",), "accept"),
        (("reject",), "accept"),
        ((), "reopen"),
    ],
)
def test_what_a_state_does_not_allow_changes_nothing(store: Store, acted: tuple[str, ...], then: str) -> None:
    photo(store, flight(store, "L-1"), "a.jpg", B, HOUR_US)
    finding(store, "L-1", "a.jpg")
    for action in acted:
        acts.act(store, "F1", action, "d1")
    before = rows.findings(store), reviews(store)
    with pytest.raises(ReviewForbidden):
        acts.act(store, "F1", then, "d1", photo="0" * 64)
    assert (rows.findings(store), reviews(store)) == before


def test_words_that_do_not_exist_are_refused(store: Store) -> None:
    photo(store, flight(store, "L-1"), "a.jpg", B, HOUR_US)
    finding(store, "L-1", "a.jpg")
    for wrong in (
        {"action": "burn"},
        {"action": "accept", "grade": "deadly"},
        {"action": "accept", "kind": "ghost"},
    ):
        with pytest.raises(BadInput):
            acts.act(store, "F1", by="d1", **wrong)
    with pytest.raises(NotFound):
        acts.act(store, "F9", "accept", "d1")


def test_what_a_reviewer_saw_herself_lies_where_its_photograph_looks(store: Store) -> None:
    photo(store, flight(store, "L-1"), "a.jpg", C, HOUR_US)
    made = acts.missed(store, "L-1", "a.jpg", "d1", "cracked")
    (row,) = rows.findings(store)
    assert (row["id"], row["tower"], row["phase"], row["line"], row["model"], row["note"]) == (made, 17, "C", "荔湾线", None, "cracked")  # fmt: skip
    with pytest.raises(NotFound):
        acts.missed(store, "L-1", "none.jpg", "d1")


SHOTS = (B, C, FAR)
ALL = {p.shot for p in SHOTS}


def states(**more: Any) -> list[tuple[str, str | None]]:
    asked: dict[str, Any] = {"planned": ALL, "ordered": ALL, "looks": {}, "unbound": 0, "unreadable": 0}
    return [(one.state, one.reason) for one in ledger(SHOTS, **(asked | more))]


def test_each_shot_has_one_state_and_its_reason() -> None:
    looks = {B.shot: [Look("a", None, 300.0)], C.shot: [Look("b", "dark", 10.0)]}
    assert states(looks=looks) == [("seen", None), ("blurred", "dark"), ("missing", "no_photo")]
    assert states(looks=looks, ordered={B.shot, C.shot})[2] == ("missing", "not_ordered")
    assert states(looks=looks, planned={B.shot, C.shot})[2] == ("missing", "not_planned")
    assert states(looks=looks, unbound=1)[2] == ("unbound", "not_told")
    assert states(looks=looks, unreadable=1)[2] == ("unbound", "unreadable")


def test_one_sharp_photograph_of_several_is_enough_and_the_sharpest_is_named() -> None:
    looks = {B.shot: [Look("a", "blurred", 90.0), Look("b", None, 200.0), Look("c", None, 400.0)]}
    one = ledger(SHOTS, ALL, ALL, looks, 0, 0)[0]
    assert (one.state, one.photo) == ("seen", "c")


def test_a_ledger_is_replaced_by_a_later_one(store: Store) -> None:
    flight(store, "L-1")
    for looks in ({}, {B.shot: [Look("a", None, 300.0)]}):
        with store.tx() as cur:
            coverage_rows.write(cur, "L-1", ledger(SHOTS, ALL, ALL, looks, 0, 0))
    (told,), total = coverage_rows.flights(store, 10)
    assert (total, told["required"], told["seen"], told["missing"]) == (1, 3, 1, 2)
    assert [s["tower"] for s in coverage_rows.shots(store, "L-1")] == [17, 17, 18]
