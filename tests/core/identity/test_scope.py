"""Whose data, in which intervals, on which floors: role, place, consent, presence, and all of it at once."""

from __future__ import annotations

import time

import pytest
from tests.core.registry.homes import AN_HOUR_AGO, HOUR_US, LONG_AGO, NOW_US, load, small

from mumian.core import registry
from mumian.core.identity import consent, gate, scoping, tokens
from mumian.core.identity.principal import Principal
from mumian.core.kernel import clock
from mumian.core.kernel.authorised import ALWAYS
from mumian.core.kernel.errors import BadInput, Forbidden, NotFound
from mumian.core.store import Store

BY = {"at_us": NOW_US, "by": "test"}
SINCE = (clock.parse(LONG_AGO), ALWAYS[1])
EVERYONE = {"wang", "li", "chen"}


@pytest.fixture
def home(make_store):
    opened = make_store("registry", "identity")
    load(opened)
    return opened


def scope_of(home, role, staff=None, purpose="care"):
    return gate.scope(home, tokens.find(home, tokens.issue(home, role, staff)), purpose).value


@pytest.mark.parametrize(
    ("role", "staff", "people", "floors"),
    [
        ("director", "d1", EVERYONE, None),
        ("auditor", "a1", EVERYONE, None),
        ("nurse", "n1", EVERYONE, None),
        ("nurse", None, EVERYONE, None),
        ("nurse", "n2", {"chen"}, {"F2"}),
        ("caregiver", "c1", {"wang", "li"}, {"F1"}),
        ("caregiver", "c2", EVERYONE, {"F1", "F2"}),
        ("caregiver", "c0", set(), set()),
        ("caregiver", None, set(), set()),
        ("admin", "m1", set(), None),
        ("gateway", None, set(), set()),
    ],
)
def test_people_and_floors_by_role(home, role, staff, people, floors):
    scope = scope_of(home, role, staff)
    assert scope.people == people
    assert scope.floors == floors
    assert scope.actor == (f"staff:{staff}" if staff else f"token:{role}")
    worn = {"band-1": "wang", "band-2": "li", "band-3": "chen"}
    assert {worn[d] for d in scope.windows if d in worn} == people


def test_windows_of_a_nurse_of_the_whole_home(home):
    assert scope_of(home, "nurse").windows == {
        "band-1": (SINCE,),
        "band-2": (SINCE,),
        "band-3": (SINCE,),
        "band-9": (ALWAYS,),  # nobody ever wore it
        "motion-h": (ALWAYS,),  # a corridor is about nobody
        "motion-1": (SINCE,),  # wang and li both let it
        "bed-1": (SINCE,),
    }


def test_those_of_other_floors_do_not_exist(home):
    assert set(scope_of(home, "nurse", "n2").windows) == {"band-3", "band-9"}
    assert set(scope_of(home, "caregiver", "c1").windows) == {
        "band-1",
        "band-2",
        "motion-1",
        "motion-h",
        "bed-1",
    }
    assert scope_of(home, "admin").windows == {}


def test_a_room_of_two_is_read_only_while_both_let_it(home):
    with home.tx() as cur:
        consent.withdraw(cur, "li", "care", **BY)
    scope = scope_of(home, "director")
    assert scope.people == {"wang", "chen"}
    assert "motion-1" not in scope.windows
    assert "bed-1" in scope.windows


def test_the_withdrawal_of_care_or_monitoring_stops_both(home):
    with home.tx() as cur:
        consent.withdraw(cur, "wang", "monitoring", **BY)
    for purpose in ("care", "monitoring"):
        scope = scope_of(home, "director", purpose=purpose)
        assert "wang" not in scope.people
        assert "band-1" not in scope.windows
        assert "wang" not in gate.system_scope(home, purpose).value.people


def test_what_was_recorded_while_no_consent_held_stays_closed_after_a_new_one(home):
    with home.tx() as cur:
        consent.withdraw(cur, "chen", "monitoring", at_us=NOW_US - 2 * HOUR_US, by="test")
    with home.tx() as cur:
        consent.give(cur, "chen", "monitoring", at_us=NOW_US - HOUR_US, by="test")
    assert scope_of(home, "nurse").windows["band-3"] == (
        (SINCE[0], NOW_US - 2 * HOUR_US), (NOW_US - HOUR_US, ALWAYS[1]))  # fmt: skip


def test_a_consent_that_has_not_begun_or_has_run_out_does_not_hold(home):
    for person, span in (("wang", {"until": AN_HOUR_AGO}), ("chen", {"until": AN_HOUR_AGO})):
        doc = {"people": [next(p for p in small()["people"] if p["id"] == person)]}
        for given in doc["people"][0]["consents"]:
            given.update(span)
        load(home, doc)
    assert scope_of(home, "director").people == {"li"}
    with home.tx() as cur:
        consent.give(cur, "chen", "care", at_us=NOW_US + HOUR_US, by="test")
        consent.give(cur, "chen", "monitoring", at_us=NOW_US + HOUR_US, by="test")
    assert scope_of(home, "director").people == {"li"}
    home.clock.advance(3600)
    assert scope_of(home, "director").people == {"li", "chen"}
    home.clock.advance(-3600)
    assert scope_of(home, "director").people == {"li"}


def test_a_band_is_read_while_somebody_in_reach_wore_it(home):
    with home.tx() as cur:
        registry.swap_band(cur, "band-1", "band-3", **BY)  # wang on F1, chen on F2
    assert scope_of(home, "caregiver", "c1").windows["band-1"] == ((SINCE[0], NOW_US),)
    assert scope_of(home, "caregiver", "c1").windows["band-3"] == ((NOW_US, ALWAYS[1]),)
    assert scope_of(home, "nurse", "n2").windows["band-3"] == ((SINCE[0], NOW_US),)
    assert scope_of(home, "director").windows["band-1"] == (SINCE,)
    with home.tx() as cur:
        registry.release(cur, "band-1", at_us=NOW_US + HOUR_US, by="test")
    assert scope_of(home, "director").windows["band-1"] == ((SINCE[0], NOW_US + HOUR_US),)


def test_who_departed_is_out_of_reach_of_care(home):
    with home.tx() as cur:
        registry.depart(cur, "li", **BY)
    assert scope_of(home, "director").people == {"wang", "chen"}
    assert "band-2" not in scope_of(home, "director").windows
    assert scope_of(home, "director", purpose="research").windows["band-2"] == ((SINCE[0], NOW_US),)
    assert gate.system_scope(home, "evidence").value.people == EVERYONE
    with home.tx() as cur:
        registry.depart(cur, "chen", **BY)
    assert "band-3" not in scope_of(home, "nurse").windows


def test_research_and_family_need_a_consent_and_a_right_of_their_own(home):
    assert scope_of(home, "director", purpose="research").people == {"li"}
    assert scope_of(home, "director", purpose="family").people == set()
    for role, purpose in (
        ("caregiver", "research"),
        ("nurse", "research"),
        ("admin", "research"),
        ("auditor", "family"),
    ):
        with pytest.raises(Forbidden):
            scope_of(home, role, purpose=purpose)
    for purpose in ("evidence", "marketing", ""):
        with pytest.raises(BadInput):
            scope_of(home, "director", purpose=purpose)


def test_floors_are_those_of_now_and_not_of_sign_in(home):
    signed_in = Principal("staff:c1", "caregiver", "c1", frozenset({"F1"}))
    with home.tx() as cur:
        registry.edit_staff(cur, "c1", floors=["F2"], **BY)
    assert gate.scope(home, signed_in).value.people == {"chen"}
    with home.tx() as cur:
        registry.leave(cur, "c1", **BY)
    assert gate.scope(home, signed_in).value.people == set()


def test_a_withdrawal_ends_reading_in_mid_run(make_store):
    from mumian.core.store import telemetry

    home = make_store("registry", "identity")
    load(home)
    with home.tx() as cur:
        series = telemetry.series_id(cur, "band-1", "heart_rate_bpm", "bpm")
        times = [NOW_US - k * 1_000_000 for k in (3, 2, 1)]
        telemetry.append_points(cur, [series] * 3, times, times, [80.0, 81.0, 82.0])
    nurse = tokens.find(home, tokens.issue(home, "nurse"))

    def read():
        return telemetry.points(home, gate.scope(home, nurse), series, NOW_US - HOUR_US, NOW_US)

    assert [value for _, value in read()] == [80.0, 81.0, 82.0]
    telemetry.seal(home, force=True)
    assert len(read()) == 3
    with home.tx() as cur:
        consent.withdraw(cur, "wang", "care", **BY)
    with pytest.raises(NotFound):
        read()
    with home.tx() as cur:
        consent.give(cur, "wang", "care", at_us=NOW_US + 1, by="test")
    home.clock.advance(1)
    assert len(read()) == 3


def test_single_things_outside_the_scope_do_not_exist(home):
    with home.tx() as cur:
        consent.withdraw(cur, "li", "care", **BY)
    snap = registry.snapshot(home)
    nurse = gate.scope(home, tokens.find(home, tokens.issue(home, "nurse", "n2")))
    caregiver = gate.scope(home, tokens.find(home, tokens.issue(home, "caregiver", "c1")))
    assert scoping.person(snap, nurse, "chen").name == "陈玉"
    assert scoping.resident(snap, caregiver, "li").name == "李国强"
    assert [p.id for p in scoping.residents(snap, caregiver)] == ["li", "wang"]
    assert [d.id for d in scoping.devices(snap, nurse, NOW_US)] == ["band-3", "band-9"]
    assert scoping.device(snap, nurse, "band-3", NOW_US).id == "band-3"
    for ask in (
        lambda: scoping.person(snap, caregiver, "li"),
        lambda: scoping.person(snap, nurse, "wang"),
        lambda: scoping.person(snap, nurse, "nobody"),
        lambda: scoping.resident(snap, nurse, "wang"),
        lambda: scoping.device(snap, nurse, "band-1", NOW_US),
        lambda: scoping.device(snap, nurse, "nothing", NOW_US),
    ):
        with pytest.raises(NotFound):
            ask()


def test_the_clause_for_lists_lets_through_what_the_scope_does(home):
    def listed(role, staff=None):
        clause, params = scoping.floors_clause(
            gate.scope(home, tokens.find(home, tokens.issue(home, role, staff))), "registry.floor_of(p.bed)")  # fmt: skip
        return {row[0] for row in home.query(f"select p.id from registry.people p where {clause}", params)}

    assert listed("director") == EVERYONE
    assert listed("nurse", "n2") == {"chen"}
    assert listed("caregiver", "c0") == set()


def test_a_scope_over_a_thousand_residents_takes_milliseconds(home):
    doc = small()
    doc["places"] += [{"id": f"x{i}", "kind": "bed", "name": f"{i}", "parent": "R201"} for i in range(1000)]
    doc["people"] += [
        {"id": f"p{i}", "name": f"老人{i}", "bed": f"x{i}", "care_level": 1, "consents": [
            {"purpose": "care", "from": LONG_AGO}, {"purpose": "monitoring", "from": LONG_AGO}]}
        for i in range(1000)]  # fmt: skip
    doc["devices"] += [{"id": f"b{i}", "kind": "band", "origin": "simulation"} for i in range(1000)]
    doc["assignments"] += [{"device": f"b{i}", "person": f"p{i}", "from": LONG_AGO} for i in range(1000)]
    load(home, doc)
    nurse = tokens.find(home, tokens.issue(home, "nurse"))
    assert len(gate.scope(home, nurse).value.people) == 1003
    began = time.perf_counter()
    for _ in range(10):
        gate.scope(home, nurse)
    took = (time.perf_counter() - began) / 10
    print(f"scope: {took * 1e3:.1f} ms")
    assert took < 0.15


def test_register_and_scope_on_debians_server_too(postgres_debian, tmp_path):
    home = Store(postgres_debian.fresh(("registry", "identity")), tmp_path, clock.ManualClock())
    try:
        load(home)
        assert load(home).changed == ()
        with home.tx() as cur:
            registry.swap_band(cur, "band-1", "band-3", **BY)
        assert scope_of(home, "nurse", "n2").windows["band-3"] == ((SINCE[0], NOW_US),)
        with home.tx() as cur:
            assert registry.floor_of(cur, "B3") == "F2"
    finally:
        home.close()
