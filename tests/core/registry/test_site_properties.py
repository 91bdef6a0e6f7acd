"""Properties of loading over random homes: twice is once, export is the inverse, one fault refuses all."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.registry.homes import NOW_US

from mumian.core.kernel.clock import iso
from mumian.core.registry import Refused, model, site
from mumian.core.registry.model import Register
from mumian.core.registry.site.compare import compare
from mumian.core.registry.site.rules import check

names = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8
).map(lambda text: text.strip() or "名")
instants = st.integers(-1_000_000, 1_000_000).map(lambda minutes: iso(NOW_US + minutes * 60_000_000))


@st.composite
def spans(draw, count):
    """Disjoint intervals in order; only the last may be open."""
    edges = sorted(draw(st.lists(instants, min_size=2 * count, max_size=2 * count, unique=True)))
    rows = [{"from": edges[i], "until": edges[i + 1]} for i in range(0, len(edges), 2)]
    if rows and draw(st.booleans()):
        rows[-1]["until"] = None
    return rows


@st.composite
def homes(draw):
    floors = [f"F{i}" for i in range(draw(st.integers(1, 3)))]
    beds = [f"B{i}" for i in range(draw(st.integers(0, 6)))]
    places = [{"id": "H", "kind": "building", "name": draw(names), "parent": None}]
    places += [{"id": f, "kind": "floor", "name": draw(names), "parent": "H"} for f in floors]
    places += [{"id": f"R{f}", "kind": "room", "name": draw(names), "parent": f} for f in floors]
    places += [
        {"id": b, "kind": "bed", "name": draw(names), "parent": "R" + draw(st.sampled_from(floors))}
        for b in beds
    ]
    people = []
    for i, bed in enumerate(draw(st.permutations(beds))):
        consents = [
            {"purpose": p, **span}
            for p in draw(st.lists(st.sampled_from(model.PURPOSES), unique=True))
            for span in draw(spans(draw(st.integers(1, 2))))
        ]
        people.append({
            "id": f"老人{i}", "name": draw(names), "born": draw(st.sampled_from([None, "1931-12-31", "1950-02-28"])),
            "bed": draw(st.sampled_from([bed, None])), "care_level": draw(st.integers(1, 5)), "consents": consents,
        })  # fmt: skip
    staff = [
        {
            "id": f"s{i}",
            "name": draw(names),
            "role": role,
            "floors": draw(st.lists(st.sampled_from(floors), unique=True)),
        }
        for i, role in enumerate(draw(st.lists(st.sampled_from(model.STAFF_ROLES), max_size=4)))
    ]
    shifts = [{"staff": s["id"], "from": a["from"], "until": a["until"] or "2199-01-01T00:00:00Z"}
              for s in staff for a in draw(spans(1))]  # fmt: skip
    devices = [
        {"id": f"d{i}", "kind": draw(st.sampled_from(model.DEVICE_KINDS)),
         "place": draw(st.sampled_from([None, *(p["id"] for p in places)])),
         "origin": draw(st.sampled_from(model.ORIGINS))}
        for i in range(draw(st.integers(0, 4)))]  # fmt: skip
    assignments = [
        {"device": d["id"], "person": draw(st.sampled_from(people))["id"], **span}
        for d in (devices if people else [])
        for span in draw(spans(draw(st.integers(0, 3))))
    ]
    doc = {"site": {"id": "s", "name": draw(names)}, "places": places, "people": people, "staff": staff,
           "shifts": shifts, "devices": devices, "assignments": assignments}  # fmt: skip
    for section in ("places", "people", "staff", "shifts", "devices", "assignments"):
        doc[section] = draw(st.permutations(doc[section]))
    return doc


def loaded(doc, register=None):
    plan = compare(register or Register(), site.parse(doc), NOW_US)
    problems = plan.problems or check(plan.after, plan.paths, NOW_US)
    if problems:
        raise Refused(problems)
    return plan


@given(homes())
def test_loading_twice_is_loading_once(doc):
    once = loaded(doc)
    twice = loaded(doc, once.after)
    assert twice.changes == ()
    assert twice.after == once.after


@given(homes())
def test_export_is_the_inverse_of_load(doc):
    after = loaded(doc).after
    exported = site.document(after)
    assert loaded(exported, after).changes == ()
    assert loaded(exported).after == after
    assert site.document(loaded(exported).after) == exported


SPOILERS = {
    "places": [("kind", "cellar"), ("parent", "nowhere"), ("id", 5), ("name", ""), ("extra", 1)],
    "people": [("care_level", 9), ("bed", "nowhere"), ("born", "2999-01-01"), ("consents", 1), ("id", None)],
    "staff": [("role", "cook"), ("floors", ["nowhere"]), ("name", 3)],
    "shifts": [("staff", "nobody"), ("until", "1901-01-01T00:00:00Z"), ("from", "yesterday")],
    "devices": [("kind", "toaster"), ("origin", "dream"), ("place", "nowhere"), ("id", "a b")],
    "assignments": [("device", "nothing"), ("person", "nobody"), ("until", "1901-01-01T00:00:00Z"), ("from", True)],
}  # fmt: skip


@given(homes(), st.data())
def test_any_single_fault_refuses_all(doc, data):
    section = data.draw(st.sampled_from([s for s in SPOILERS if doc[s]]))
    row = data.draw(st.integers(0, len(doc[section]) - 1))
    field, value = data.draw(st.sampled_from(SPOILERS[section]))
    spoilt = copy.deepcopy(doc)
    spoilt[section][row][field] = value
    with pytest.raises(Refused) as refused:
        loaded(spoilt)
    assert any(p.path.startswith(f"{section}[{row}]") for p in refused.value.problems)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(homes(), json_values, st.data())
def test_nonsense_anywhere_is_refused_or_harmless_and_never_breaks(doc, nonsense, data):
    at, spoilt = doc, doc
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans())):
            break
        at = at[key]
    at[key] = nonsense
    said = ["harmless"]
    try:
        loaded(spoilt)
    except Refused as refused:
        said = [refused.say("zh"), refused.say("en")]
    assert all(said)


def test_random_homes_in_the_database_are_what_they_are_in_memory(make_store):
    home = make_store("registry")

    @given(homes())
    @settings(max_examples=10)
    def agrees(doc):
        home.query(
            "truncate registry.site, registry.places, registry.people, registry.consents, registry.staff, "
            "registry.shifts, registry.devices, registry.assignments"
        )
        site.load(home, doc)
        assert site.export(home) == site.document(loaded(doc).after)
        assert site.load(home, site.export(home)).changed == ()

    agrees()
