"""Every fault of a site file is refused with its JSON path and the way to mend it, and nothing of the file is loaded."""

from __future__ import annotations

import pytest
from tests.core.registry.homes import AN_HOUR_AGO, IN_AN_HOUR, LONG_AGO, NOW_US, small

from mumian.core.kernel.errors import BadInput
from mumian.core.registry import Refused, site
from mumian.core.registry.model import Register
from mumian.core.registry.site.compare import compare
from mumian.core.registry.site.rules import check


def put(*path_and_value):
    """Set one value deep in the document."""
    *path, last, value = path_and_value

    def spoil(doc):
        for step in path:
            doc = doc[step]
        doc[last] = value

    return spoil


def drop(*path):
    def spoil(doc):
        for step in path[:-1]:
            doc = doc[step]
        del doc[path[-1]]

    return spoil


def add(section, row):
    return lambda doc: doc[section].append(row)


FAULTS = {
    "unknown section": (put("rooms", []), "rooms", "unknown_key"),
    "section is no list": (put("places", {}), "places", "not_list"),
    "row is no object": (put("places", 0, "R101"), "places[0]", "not_object"),
    "unknown key": (put("people", 0, "nick", "x"), "people[0].nick", "unknown_key"),
    "missing key": (drop("people", 0, "care_level"), "people[0].care_level", "missing"),
    "id is a number": (put("people", 0, "id", 7), "people[0].id", "not_id"),
    "id is empty": (put("places", 0, "id", ""), "places[0].id", "not_id"),
    "id with a slash": (put("staff", 0, "id", "a/b"), "staff[0].id", "not_id"),
    "device id in Chinese": (put("devices", 0, "id", "手环"), "devices[0].id", "not_device_id"),
    "device id with a wildcard": (put("devices", 0, "id", "band+"), "devices[0].id", "not_device_id"),
    "name is null": (put("site", "name", None), "site.name", "not_name"),
    "name with a control character": (put("people", 0, "name", "a\0b"), "people[0].name", "not_name"),
    "name with half a character": (put("people", 0, "name", "a\ud800"), "people[0].name", "not_name"),
    "care level 0": (put("people", 0, "care_level", 0), "people[0].care_level", "not_level"),
    "care level 6": (put("people", 0, "care_level", 6), "people[0].care_level", "not_level"),
    "care level 2.0": (put("people", 0, "care_level", 2.0), "people[0].care_level", "not_level"),
    "care level true": (put("people", 0, "care_level", True), "people[0].care_level", "not_level"),
    "care level in words": (put("people", 0, "care_level", "5"), "people[0].care_level", "not_level"),
    "unknown purpose": (
        put("people", 0, "consents", 0, "purpose", "sale"), "people[0].consents[0].purpose", "not_one_of"),
    "unknown place kind": (put("places", 0, "kind", "attic"), "places[0].kind", "not_one_of"),
    "unknown device kind": (put("devices", 0, "kind", "camera"), "devices[0].kind", "not_one_of"),
    "unknown origin": (put("devices", 0, "origin", "real"), "devices[0].origin", "not_one_of"),
    "unhashable origin": (put("devices", 0, "origin", []), "devices[0].origin", "not_one_of"),
    "unknown role": (put("staff", 0, "role", "gateway"), "staff[0].role", "not_one_of"),
    "born in words": (put("people", 0, "born", "1938"), "people[0].born", "not_date"),
    "born on a day that is none": (put("people", 0, "born", "1938-02-30"), "people[0].born", "not_date"),
    "born in the future": (put("people", 0, "born", "2199-01-01"), "people[0].born", "born_in_future"),
    "time without a zone": (
        put("shifts", 0, "from", "2023-11-14T00:00:00"), "shifts[0].from", "not_time"),
    "time is NaN": (put("assignments", 0, "from", float("nan")), "assignments[0].from", "not_time"),
    "time is missing": (put("assignments", 0, "from", None), "assignments[0].from", "not_time"),
    "time in the year 1": (put("assignments", 0, "from", "0001-01-01T00:00:00Z"), "assignments[0].from", "not_time"),
    "until before from": (put("shifts", 0, "until", LONG_AGO), "shifts[0].until", "ends_before_begin"),
    "until equals from": (put("assignments", 0, "until", LONG_AGO), "assignments[0].until", "ends_before_begin"),
    "consent ends before it begins": (
        put("people", 1, "consents", 0, "until", "1999-01-01T00:00:00Z"),
        "people[1].consents[0].until", "ends_before_begin"),
    "two places of one id": (put("places", 1, "id", "B1"), "places[1]", "duplicate"),
    "two people of one id": (put("people", 1, "id", "wang"), "people[1]", "duplicate"),
    "two staff of one id": (put("staff", 1, "id", "d1"), "staff[1]", "duplicate"),
    "two devices of one id": (put("devices", 1, "id", "band-1"), "devices[1]", "duplicate"),
    "one assignment twice": (
        add("assignments", {"device": "band-1", "person": "wang", "from": LONG_AGO}), "assignments[3]", "duplicate"),
    "a floor named twice": (put("staff", 0, "floors", ["F1", "F1"]), "staff[0].floors", "twice_in_list"),
    "unknown parent": (put("places", 0, "parent", "R999"), "places[0].parent", "unknown_place"),
    "place in itself": (put("places", 8, "parent", "H"), "places[8].parent", "cycle"),
    "cycle of three": (
        lambda doc: (put("places", 5, "parent", "z2")(doc),
                     add("places", {"id": "z2", "kind": "zone", "name": "z", "parent": "z3"})(doc),
                     add("places", {"id": "z3", "kind": "zone", "name": "z", "parent": "hall"})(doc)),
        "places[5].parent", "cycle"),
    "room in a bed": (put("places", 3, "parent", "B3"), "places[3].parent", "inside_bed"),
    "floor in a room": (put("places", 7, "parent", "R101"), "places[7].parent", "inside_smaller"),
    "floor in a floor": (put("places", 7, "parent", "F1"), "places[7].parent", "inside_smaller"),
    "unknown bed": (put("people", 0, "bed", "B99"), "people[0].bed", "unknown_place"),
    "bed is a room": (put("people", 0, "bed", "R101"), "people[0].bed", "not_a_bed"),
    "two in one bed": (put("people", 1, "bed", "B1"), "people[1].bed", "bed_taken"),
    "unknown floor": (put("staff", 0, "floors", ["F9"]), "staff[0].floors[0]", "unknown_place"),
    "floor is a room": (put("staff", 0, "floors", ["F1", "R101"]), "staff[0].floors[1]", "not_a_floor"),
    "unknown staff": (put("shifts", 0, "staff", "n9"), "shifts[0].staff", "unknown_staff"),
    "unknown device place": (put("devices", 0, "place", "R9"), "devices[0].place", "unknown_place"),
    "unknown device": (put("assignments", 0, "device", "band-8"), "assignments[0].device", "unknown_device"),
    "unknown person": (put("assignments", 0, "person", "zhao"), "assignments[0].person", "unknown_person"),
    "one band on two people": (
        add("assignments", {"device": "band-1", "person": "li", "from": AN_HOUR_AGO}),
        "assignments[3].from", "worn_twice"),
    "one band on two people for an hour": (
        lambda doc: (put("assignments", 0, "until", IN_AN_HOUR)(doc),
                     add("assignments", {"device": "band-1", "person": "li", "from": AN_HOUR_AGO})(doc)),
        "assignments[3].from", "worn_twice"),
}  # fmt: skip


def loaded(doc):
    """Load into an empty home in memory."""
    plan = compare(Register(), site.parse(doc), NOW_US)
    problems = plan.problems or check(plan.after, plan.paths, NOW_US)
    if problems:
        raise Refused(problems)
    return plan


@pytest.mark.parametrize("fault", FAULTS)
def test_the_path_of_the_fault_is_named(fault):
    spoil, path, key = FAULTS[fault]
    doc = small()
    spoil(doc)
    with pytest.raises(Refused) as refused:
        loaded(doc)
    assert (path, key) in [(p.path, p.key) for p in refused.value.problems]
    for lang in ("zh", "en"):
        assert f"{path}: " in refused.value.say(lang)
    assert refused.value.status == 422


def test_the_whole_small_home_is_in_order():
    assert len(loaded(small()).after.people) == 3


@pytest.mark.parametrize("doc", [None, [], "x", 3, {"site": None}, {"people": None}])
def test_what_is_no_site_is_refused(doc):
    with pytest.raises(Refused):
        site.parse(doc)


def test_all_faults_are_told_at_once_up_to_twenty():
    doc = small()
    for place in doc["places"]:
        place["kind"] = "cave"
    doc["people"] = [{"id": i} for i in range(30)]
    with pytest.raises(Refused) as refused:
        site.parse(doc)
    assert len(refused.value.problems) > 90
    assert "more" in refused.value.say("en").splitlines()[-1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        '{"site": NaN}',
        '{"people": [], "people": []}',
        b"\xff\xfe{",
        '{"a":' * 100_000,
        "{'a': 1}",
    ],
)
def test_text_that_is_no_json_object_is_refused(text):
    with pytest.raises(BadInput, match="site file"):
        site.read(text)


def test_a_byte_order_mark_is_forgiven():
    assert site.read("\ufeff{}") == site.read(b"\xef\xbb\xbf{}") == {}
