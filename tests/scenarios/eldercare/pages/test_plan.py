"""The floor's drawing: any number of rooms fits its frame, rooms never overlap, and a bed says what is known of her."""

from __future__ import annotations

import itertools

import pytest
from tests.scenarios.eldercare.pages import homes

from mumian.scenarios.eldercare.pages import plan, words
from mumian.scenarios.eldercare.pages.model import Band, Home, Resident, Spot, order

W = words.of("zh")


def floor_of(rooms: int, beds: int, zones: int = 0) -> Home:
    spots = [Spot("f", "floor", "三楼")]
    spots += [Spot(f"z{i}", "zone", f"活动室{i}", "f") for i in range(zones)]
    for i in range(rooms):
        spots.append(Spot(f"r{i}", "room", str(300 + i), "f"))
        spots += [Spot(f"r{i}b{b}", "bed", f"{300 + i}-{b}", f"r{i}") for b in range(beds)]
    residents = [
        Resident(f"p{i}", homes.LONG, bed=f"r{i}b0", room=f"r{i}", floor="f") for i in range(rooms) if beds
    ]
    return Home("院", spots, residents)


def apart(a, b) -> bool:
    return (
        a.x + a.w <= b.x + 0.01
        or b.x + b.w <= a.x + 0.01
        or a.y + a.h <= b.y + 0.01
        or b.y + b.h <= a.y + 0.01
    )


@pytest.mark.parametrize("rooms", [1, 2, 4, 5, 13, 20, 22, 23, 36, 40])
@pytest.mark.parametrize(("beds", "zones"), [(0, 0), (1, 2), (2, 0), (4, 3), (6, 0)])
def test_rooms_beds_and_zones_keep_apart_and_inside(rooms, beds, zones):
    home = floor_of(rooms, beds, zones)
    drawn = plan.draw(home, home.by_id["f"], [], homes.NOW_US, W)
    assert len(drawn.rooms) == rooms
    for a, b in itertools.combinations([*drawn.rooms, *drawn.zones], 2):
        assert apart(a, b), (a, b)
    for room in drawn.rooms:
        assert room.x >= 0 and room.x + room.w <= drawn.width + 0.01 and room.y + room.h <= drawn.height
        assert len(room.beds) == beds
        for a, b in itertools.combinations(room.beds, 2):
            assert apart(a, b)
        for bed in room.beds:
            assert bed.h >= 20 and bed.y >= room.y and bed.y + bed.h <= room.y + room.h + 0.01


def test_the_gravest_unclaimed_alarm_marks_its_room_with_a_count():
    sample = homes.reference()
    drawn = plan.draw(sample.home, sample.home.by_id["f3"], sample.alarms, homes.NOW_US, W)
    marks = {r.name: r.mark for r in drawn.rooms if r.mark}
    assert {n: m.priority for n, m in marks.items()} == {
        "312": "high",
        "317": "medium",
        "305": "medium",
        "318": "low",
        "307": "low",
    }
    both = [*sample.alarms, homes.call(sample, "312", id="A-2")]
    again = next(
        r
        for r in plan.draw(sample.home, sample.home.by_id["f3"], both, homes.NOW_US, W).rooms
        if r.name == "312"
    )
    assert (again.mark.priority, again.mark.count) == ("high", 2)


@pytest.mark.parametrize(
    ("band", "state", "said"),
    [
        (None, "none", "没有手环"),
        (Band("M", last_seen_us=homes.NOW_US, worn=True), "alive", "手环戴着，有数据"),
        (Band("M", last_seen_us=homes.NOW_US, worn=False), "unworn", "没有戴手环"),
        (Band("M", last_seen_us=homes.NOW_US - 31_000_000), "blind", "自 14:05 看不见"),
        (Band("M"), "blind", "还没有来过数据"),
        (
            Band("M", last_seen_us=homes.NOW_US, blind_since_us=homes.NOW_US - 812_000_000),
            "blind",
            "自 13:52 看不见",
        ),
    ],
)
def test_a_bed_says_what_is_known_and_since_when_nothing_is(band, state, said):
    resident = Resident("p", "陈婆婆", bed="b", band=band)
    assert resident.state(homes.NOW_US) == state
    assert said in plan.title(resident, Spot("b", "bed", "312-1"), homes.NOW_US, W)


def test_names_are_cut_to_the_cell_and_never_vanish():
    assert plan.fit("陈婆婆", 36) == "陈婆婆"
    assert plan.fit(homes.LONG, 36).endswith("…")
    assert len(plan.fit(homes.LONG, 14)) >= 2


def test_places_stand_in_the_order_people_count_them():
    names = ["十楼", "三楼", "310", "地下一层", "309", "二楼", "十二楼", "B 门"]
    floors = sorted((Spot(n, "floor", n) for n in names), key=order)
    assert [s.name for s in floors] == ["地下一层", "二楼", "三楼", "十楼", "十二楼", "309", "310", "B 门"]
