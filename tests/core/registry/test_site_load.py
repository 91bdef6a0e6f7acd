"""Loading a site: all or nothing, idempotent by id, credentials told once, history never edited."""

from __future__ import annotations

import pytest
from tests.core.registry.homes import AN_HOUR_AGO, HOUR_US, IN_AN_HOUR, LONG_AGO, NOW_US, load, small, stands
from tests.core.registry.test_site_refused import FAULTS

from mumian.core import registry
from mumian.core.kernel.clock import iso
from mumian.core.registry import Refused, credentials, site


@pytest.fixture
def home(make_store):
    return make_store("registry")


def test_a_load_says_what_it_added_and_tells_credentials_once(home):
    said = load(home).as_json()
    assert {c["section"] for c in said["changed"]} == {
        "site", "places", "people", "consents", "staff", "shifts", "devices", "assignments"}  # fmt: skip
    assert {c["change"] for c in said["changed"]} == {"added"}
    told = {c["device"]: c for c in said["credentials"]}
    assert set(told) == {d["id"] for d in small()["devices"]}
    one = told["band-1"]
    assert one["user"] == "band-1"
    assert len(one["password"]) >= 24
    assert one["topics"] == [
        f"mumian/band-1/{leaf}" for leaf in ("obs", "accel", "event", "reply", "command", "ack")]  # fmt: skip
    assert len({c["password"] for c in told.values()}) == len(told)
    stored = dict(home.query("select id, secret_hash from registry.devices"))
    assert credentials.matches(one["password"], stored["band-1"])
    assert not any(c["password"] in str(stored) for c in told.values())


def test_the_same_file_again_changes_nothing(home):
    load(home)
    before = stands(home)
    assert load(home).as_json() == {"changed": [], "credentials": []}
    assert stands(home) == before


def test_a_dry_run_says_the_same_and_writes_nothing(home):
    dry = site.load(home, small(), dry_run=True)
    assert stands(home) == registry.model.Register()
    assert home.query("select count(*) from store.events") == [(0,)]
    assert dry.credentials == ()
    assert dry.changed == load(home).changed


def test_what_is_exported_loads_without_a_change(home, make_store):
    load(home)
    doc = site.export(home)
    assert load(home, doc).changed == ()
    other = make_store("registry")
    load(other, doc)
    assert site.export(other) == doc


def test_absent_sections_and_absent_rows_are_left_alone(home):
    load(home)
    before = stands(home)
    load(home, {"people": [], "staff": []})
    load(home, {})
    assert stands(home) == before


def test_only_what_differs_is_changed(home):
    load(home)
    doc = small()
    doc["people"][1] |= {"name": "李国强（阿强）", "care_level": 3}
    doc["devices"][4]["place"] = "R201"
    changed = load(home, doc).as_json()["changed"]
    assert changed == [
        {"section": "people", "id": "li", "change": "changed", "fields": ["name", "care_level"]},
        {"section": "devices", "id": "motion-1", "change": "changed", "fields": ["place"]},
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_with_one_fault_loads_nothing(module_home, fault):
    doc = small()
    FAULTS[fault][0](doc)
    with pytest.raises(Refused):
        load(module_home, doc)
    assert stands(module_home) == registry.model.Register()


@pytest.fixture(scope="module")
def module_home(postgres, tmp_path_factory):
    from mumian.core.kernel.clock import ManualClock
    from mumian.core.store import Store

    opened = Store(postgres.fresh(("registry",)), tmp_path_factory.mktemp("home"), ManualClock())
    yield opened
    opened.close()


def test_references_to_what_stands_in_the_home_already_are_good(home):
    load(home)
    load(home, {"assignments": [{"device": "band-9", "person": "wang", "from": AN_HOUR_AGO}]})
    assert home.query("select count(*) from registry.assignments") == [(4,)]


def test_a_swap_of_two_bands_is_two_intervals(home):
    load(home)
    doc = small()
    at = iso(NOW_US)
    doc["assignments"][0]["until"] = at
    doc["assignments"][1]["until"] = at
    doc["assignments"] += [
        {"device": "band-1", "person": "li", "from": at},
        {"device": "band-2", "person": "wang", "from": at},
    ]
    changed = [c.change for c in load(home, doc).changed]
    assert sorted(changed) == ["added", "added", "changed", "changed"]
    snap = registry.snapshot(home)
    assert snap.wearer("band-1", NOW_US - 1) == "wang"
    assert snap.wearer("band-1", NOW_US) == "li"
    assert load(home, doc).changed == ()


def test_a_new_wearer_without_closing_the_old_interval_is_refused(home):
    load(home)
    with pytest.raises(Refused, match=r"assignments\[0\].from: device band-1 is with wang from"):
        load(home, {"assignments": [{"device": "band-1", "person": "li", "from": AN_HOUR_AGO}]})


def test_an_interval_that_ended_is_history(home):
    doc = small()
    doc["assignments"][0]["until"] = AN_HOUR_AGO
    load(home, doc)
    for until in (None, iso(NOW_US - 2 * HOUR_US), IN_AN_HOUR):
        doc["assignments"][0]["until"] = until
        with pytest.raises(Refused, match=r"assignments\[0\].until: this interval ended at"):
            load(home, doc)


def test_an_end_that_has_not_come_yet_may_still_move(home):
    doc = small()
    for until in (IN_AN_HOUR, iso(NOW_US + 9 * HOUR_US), AN_HOUR_AGO):
        doc["people"][0]["consents"][0]["until"] = until
        (change,) = [c for c in load(home, doc).changed if c.section == "consents" and "wang/care" in c.id]
        assert change.change in ("added", "changed")
    assert not registry.snapshot(home).consents("wang", "care", NOW_US)


def test_origin_and_kind_of_a_device_are_for_life(home):
    load(home)
    for field, value in (("origin", "field"), ("kind", "watch")):
        doc = small()
        doc["devices"][0][field] = value
        with pytest.raises(Refused, match=rf"devices\[0\].{field}: {field} of a device cannot change"):
            load(home, doc)


def test_another_site_is_refused(home):
    load(home)
    with pytest.raises(Refused, match="MUMIAN_HOME"):
        load(home, {"site": {"id": "other", "name": "x"}})
    assert load(home, {"site": {"id": "kapok", "name": "新名"}}).changed[0].fields == ("name",)


def test_what_stands_may_be_spoilt_by_a_file_and_is_named_then(home):
    load(home)
    with pytest.raises(Refused, match=r"B1 is a zone, not a bed"):
        load(home, {"places": [{"id": "B1", "kind": "zone", "name": "x", "parent": "R101"}]})


def test_a_new_device_on_a_second_load_gets_its_own_credential_only(home):
    load(home)
    doc = small()
    doc["devices"].append({"id": "door-1", "kind": "door", "place": "R101", "origin": "field"})
    assert [c.device for c in load(home, doc).credentials] == ["door-1"]


def test_changes_are_told_to_the_journal_and_to_listeners(home):
    load(home)
    doc = small()
    doc["people"][0]["consents"][0]["until"] = iso(NOW_US)
    before = home.query("select coalesce(max(id), 0) from store.events")[0][0]
    notes = home.listen(["registry"], 0.2)
    next(notes)
    load(home, doc)
    told = home.query("select kind, origin, subject, body::jsonb from store.events where id > %s", (before,))
    assert len(told) == 1
    kind, origin, subject, body = told[0]
    assert (kind, origin, subject) == ("registry", "", "wang")
    assert body["change"] == "consent"
    assert body["until_us"] == NOW_US
    assert next(notes) == ("registry", "consents")


def test_a_large_home_loads_in_seconds(home):
    import time

    doc = small()
    n = 1000
    doc["places"] += [{"id": f"x{i}", "kind": "bed", "name": f"{i}", "parent": "R201"} for i in range(n)]
    doc["people"] += [
        {"id": f"p{i}", "name": f"老人{i}", "bed": f"x{i}", "care_level": 1 + i % 5,
         "consents": [{"purpose": "care", "from": LONG_AGO}, {"purpose": "monitoring", "from": LONG_AGO}]}
        for i in range(n)]  # fmt: skip
    doc["devices"] += [{"id": f"b{i}", "kind": "band", "origin": "simulation"} for i in range(n)]
    doc["assignments"] += [{"device": f"b{i}", "person": f"p{i}", "from": LONG_AGO} for i in range(n)]
    began = time.perf_counter()
    assert len(load(home, doc).credentials) == n + 7
    assert time.perf_counter() - began < 8
    assert load(home, doc).changed == ()
