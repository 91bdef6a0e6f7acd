"""The steps that pages take: admission, move, departure, bands, devices, staff and shifts. Each obeys the site's rules."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from tests.core.registry.homes import HOUR_US, NOW_US, load, stands

from mumian.core import registry
from mumian.core.kernel.errors import Conflict, NotFound
from mumian.core.registry import NotWorn, Refused, credentials, site

BY = {"at_us": NOW_US, "by": "staff:d1"}
NEW = {"id": "zhao", "name": "赵敏", "born": "1940-01-01", "bed": None, "care_level": "4"}


@pytest.fixture
def home(make_store):
    opened = make_store("registry")
    load(opened)
    return opened


@pytest.fixture
def tx(home):
    with home.tx() as cur:
        yield cur


def events(home):
    """Kinds of change told since the load."""
    rows = home.query("select subject, body::jsonb from store.events order by id")
    return [(subject, body["change"]) for subject, body in rows if body["by"] == "staff:d1"]


def test_admission_brings_bed_consents_and_band_in_one_step(home):
    with home.tx() as cur:
        registry.put_place(cur, "B4", "bed", "201-2", "R201", **BY)
        given = {**NEW, "bed": "B4", "care_level": 4}
        assert (
            registry.admit(cur, given, purposes=["care", "care", "family"], device="band-9", **BY) == "zhao"
        )
    snap = registry.snapshot(home)
    assert snap.person("zhao").admitted_us == NOW_US
    assert snap.wearer("band-9", NOW_US) == "zhao"
    assert snap.wearer("band-9", NOW_US - 1) is None
    assert snap.consents("zhao", "care", NOW_US)
    assert not snap.consents("zhao", "monitoring", NOW_US)
    assert snap.room_name("zhao") == "201 房" == snap.room_name("B4")
    assert events(home) == [
        ("B4", "place"), ("zhao", "admission"), ("zhao", "consent"), ("zhao", "consent"), ("zhao", "assignment"),
    ]  # fmt: skip
    assert site.load(home, site.export(home)).changed == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bed": "B1"}, "bed B1 is taken by wang"),
        ({"bed": "hall"}, "not a bed"),
        ({"care_level": 9}, "care_level: care level 9"),
        ({"born": "2199-01-01"}, "birth date"),
        ({"name": " "}, "name: name"),
        ({"id": "a b"}, "id: id 'a b'"),
    ],
)
def test_what_a_site_file_may_not_do_a_form_may_not(home, change, said):
    before = stands(home)
    with pytest.raises(Refused, match=said), home.tx() as cur:
        registry.admit(cur, {**NEW, "care_level": 4, **change}, purposes=["care"], **BY)
    assert stands(home) == before


def test_an_unknown_purpose_or_a_worn_band_refuses_the_whole_admission(home):
    before = stands(home)
    for more in ({"purposes": ["sale"]}, {"device": "band-1"}, {"device": "band-77"}):
        with pytest.raises(Refused), home.tx() as cur:
            registry.admit(cur, {**NEW, "care_level": 4}, **more, **BY)
    with pytest.raises(Conflict), home.tx() as cur:
        registry.admit(cur, {**NEW, "id": "wang", "care_level": 4}, **BY)
    assert stands(home) == before


def test_departure_frees_bed_and_band_and_keeps_consents(home):
    with home.tx() as cur:
        registry.depart(cur, "wang", **BY)
    snap = registry.snapshot(home)
    assert snap.wearer("band-1", NOW_US) is None
    assert snap.wearer("band-1", NOW_US - 1) == "wang"
    assert [c.until_us for c in snap.consents_of("wang")] == [None, None]
    assert [p.id for p in snap.present()] == ["li", "chen"]
    assert snap.residents_at("B1") == []
    with home.tx() as cur:
        registry.edit_person(cur, "li", bed="B1", **BY)
        registry.assign(cur, "band-1", "chen", **BY)
    with pytest.raises(NotFound), home.tx() as cur:
        registry.depart(cur, "wang", **BY)
    with pytest.raises(Refused, match="departed at"), home.tx() as cur:
        registry.assign(cur, "band-9", "wang", **BY)
    with pytest.raises(Refused, match=r"people\[0\].id: wang departed at"):
        load(home)
    assert site.load(home, site.export(home)).changed == ()
    assert "wang" not in str(site.export(home))


def test_who_departed_may_come_back(home):
    with home.tx() as cur:
        registry.depart(cur, "wang", **BY)
    with home.tx() as cur:
        later = {"at_us": NOW_US + HOUR_US, "by": "staff:d1"}
        registry.admit(
            cur, {"id": "wang", "name": "王秀英", "born": None, "bed": "B1", "care_level": 5}, **later)  # fmt: skip
    who = registry.snapshot(home).person("wang")
    assert (who.admitted_us, who.departed_us, who.bed) == (NOW_US + HOUR_US, None, "B1")
    assert [c for s, c in events(home) if s == "wang"].count("admission") == 1


def test_a_swap_makes_two_intervals_for_each_band(home):
    with home.tx() as cur:
        registry.swap_band(cur, "band-1", "band-2", **BY)
    snap = registry.snapshot(home)
    for device, before, after in (("band-1", "wang", "li"), ("band-2", "li", "wang")):
        assert snap.wearer(device, NOW_US - 1) == before
        assert snap.wearer(device, NOW_US) == after
        assert [(a.from_us, a.until_us) for a in snap.assignments(device)][1] == (NOW_US, None)
        assert len(snap.assignments(device)) == 2
    with home.tx() as cur:
        assert registry.wearer(cur, "band-1", NOW_US) == "li"


def test_a_swap_with_a_spare_band_moves_the_wearer(home):
    with home.tx() as cur:
        registry.swap_band(cur, "band-9", "band-1", **BY)
    snap = registry.snapshot(home)
    assert snap.wearer("band-9", NOW_US) == "wang"
    assert snap.wearer("band-1", NOW_US) is None
    with pytest.raises(NotWorn), home.tx() as cur:
        registry.release(cur, "band-1", **BY)


def test_assigning_what_another_wears_is_refused_and_what_she_wears_is_nothing_new(home):
    with pytest.raises(Refused, match="device band-1 is with wang"), home.tx() as cur:
        registry.assign(cur, "band-1", "li", **BY)
    with home.tx() as cur:
        registry.assign(cur, "band-1", "wang", **BY)
        assert registry.release(cur, "band-1", **BY) == "wang"
        registry.assign(cur, "band-1", "li", **BY)
    assert registry.snapshot(home).wearer("band-1", NOW_US) == "li"


def test_a_device_is_added_once_and_retired_for_good(home):
    with home.tx() as cur:
        made = registry.add_device(cur, "button", "button-1", place="R101", person="wang", **BY)
    snap = registry.snapshot(home)
    device = snap.device("button-1")
    assert (device.kind, device.origin, device.expected_interval_s) == ("button", "field", 43_200)
    assert snap.wearer("button-1", NOW_US) == "wang"
    with pytest.raises(Conflict), home.tx() as cur:
        registry.add_device(cur, "button", "button-1", **BY)
    with home.tx() as cur:
        renewed = registry.renew_password(cur, "button-1", **BY)
        stored = dict(registry.password_file(cur))["button-1"]
    assert credentials.matches(renewed.password, stored)
    assert not credentials.matches(made.password, stored)
    with home.tx() as cur:
        registry.retire_device(cur, "button-1", **BY)
        assert "button-1" not in dict(registry.password_file(cur))
    assert registry.snapshot(home).wearer("button-1", NOW_US) is None
    for again in ({"origin": "field"}, {"origin": "simulation"}):
        with pytest.raises((Refused, Conflict)), home.tx() as cur:
            registry.add_device(cur, "button", "button-1", **again, **BY)
    with pytest.raises(NotFound), home.tx() as cur:
        registry.renew_password(cur, "button-1", **BY)
    with pytest.raises(Refused, match="an id is never used again"):
        site.load(home, {"devices": [{"id": "button-1", "kind": "button", "origin": "field"}]})


@pytest.mark.parametrize(
    "bad", [{"kind": "camera"}, {"device": "a/b"}, {"place": "R9"}, {"origin": "x"}, {"person": "x"}]
)
def test_a_device_that_breaks_a_rule_is_refused(home, bad):
    given = {"kind": "band", "device": "band-5"} | bad
    with pytest.raises(Refused), home.tx() as cur:
        registry.add_device(cur, given.pop("kind"), given.pop("device"), **given, **BY)
    assert registry.snapshot(home).device("band-5") is None


def test_who_leaves_is_on_no_shift(home):
    with home.tx() as cur:
        assert [s.id for s in registry.on_shift(cur, "caregiver", "F1", NOW_US)] == ["c1", "c2"]
        registry.leave(cur, "c1", **BY)
        assert [s.id for s in registry.on_shift(cur, "caregiver", "F1", NOW_US)] == ["c2"]
        registry.add_shift(cur, "c2", NOW_US + HOUR_US, NOW_US + 9 * HOUR_US, **BY)
        assert [s.id for s in registry.on_shift(cur, "caregiver", "F1", NOW_US + 2 * HOUR_US)] == ["c2"]
        registry.drop_shift(cur, "c2", NOW_US + HOUR_US, **BY)
        assert registry.on_shift(cur, "caregiver", "F1", NOW_US + 2 * HOUR_US) == []
    for step in (
        lambda cur: registry.drop_shift(cur, "c2", NOW_US - HOUR_US, **BY),
        lambda cur: registry.add_shift(cur, "c1", NOW_US, NOW_US + HOUR_US, **BY),
        lambda cur: registry.leave(cur, "nobody", **BY),
    ):
        with pytest.raises(NotFound), home.tx() as cur:
            step(cur)
    with pytest.raises(Refused, match="until"), home.tx() as cur:
        registry.add_shift(cur, "c2", NOW_US, NOW_US, **BY)


def test_who_is_on_shift_by_role_and_floor(home):
    snap = registry.snapshot(home)

    def who(role, floor):
        return [s.id for s in snap.on_shift(role, floor, NOW_US)]

    assert who("caregiver", "F2") == ["c2"]
    assert who("nurse", "F1") == ["n1"]
    assert who("nurse", "F2") == ["n2", "n1"]
    assert who("nurse", None) == ["n2", "n1"]
    assert who("director", "F2") == ["d1"]
    assert who("auditor", "F1") == []
    assert snap.on_shift("nurse", "F1", NOW_US + 2 * HOUR_US) == []


def test_staff_are_added_and_edited(home):
    with home.tx() as cur:
        registry.add_staff(cur, "c7", "新人", "caregiver", ["F2"], **BY)
        registry.edit_staff(cur, "c7", floors=["F1", "F2"], **BY)
    assert registry.snapshot(home).staff["c7"].floors == ("F1", "F2")
    with pytest.raises(Refused), home.tx() as cur:
        registry.edit_staff(cur, "c7", floors=["R101"], **BY)


def test_the_floor_of_a_place(home):
    with home.tx() as cur:
        for place, floor in (
            ("B1", "F1"),
            ("R201", "F2"),
            ("F2", "F2"),
            ("hall", "F1"),
            ("H", None),
            (None, None),
        ):
            assert registry.floor_of(cur, place) == floor == registry.snapshot_in(cur, home).floor(place)


def test_a_hash_has_the_form_that_mosquitto_reads():
    made, stored = credentials.make("band-1")
    kind, iterations, salt, key = stored.split("$")[1:]
    assert (kind, iterations, len(salt), len(key)) == ("7", "101", 16, 88)
    assert credentials.matches(made.password, stored)
    assert not credentials.matches(made.password + "x", stored)
    assert not credentials.matches(made.password, "$6$aaaa$bbbb")
    assert not credentials.matches("", "")


@pytest.mark.skipif(
    shutil.which("mosquitto_passwd") is None, reason="apt-get install mosquitto to check its own hash"
)
def test_a_hash_that_mosquitto_made_is_ours(tmp_path):
    file = tmp_path / "passwords"
    file.touch(0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(file), "band-1", "a word"], check=True, capture_output=True)
    stored = file.read_text().strip().removeprefix("band-1:")
    assert credentials.matches("a word", stored)
    assert not credentials.matches("another", stored)
