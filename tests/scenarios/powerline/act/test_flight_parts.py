"""Items on the wire, the plan file, progress, photographs, lease, journal: values in, values out."""

from __future__ import annotations

import contextlib
import json
import math
import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from tests.scenarios.powerline.act.plans import document, written

from mumian.core.kernel.clock import ManualClock
from mumian.scenarios.powerline.act.flight import failsafe
from mumian.scenarios.powerline.act.flight.capabilities import capabilities_of, wire_items
from mumian.scenarios.powerline.act.flight.items import Item, MissionType, differences, item_of, message_of
from mumian.scenarios.powerline.act.flight.lease import LeaseFile, granted
from mumian.scenarios.powerline.act.flight.photos import BootClock, Photos, wanted_of
from mumian.scenarios.powerline.act.flight.plan_file import PlanUnusable, read
from mumian.scenarios.powerline.act.flight.progress import Progress
from mumian.scenarios.powerline.act.flight.record import Journal, Record
from mumian.scenarios.powerline.act.flight.refusals import LeaseHeld
from mumian.scenarios.powerline.observe.mavlink.codec import Codec
from mumian.scenarios.powerline.observe.mavlink.vehicle import Position, Vehicle

NAN = math.nan
degrees = st.integers(-900_000_000, 900_000_000)


@settings(max_examples=100, deadline=None)
@given(
    degrees,
    st.integers(-1_800_000_000, 1_800_000_000),
    st.floats(-500, 9000, width=32),
    st.floats(-1e6, 1e6, width=32),
)
def test_an_item_comes_back_from_the_wire_to_the_last_1e_7_degree(x, y, z, p):
    item = Item(16, 3, (p, 0.0, NAN, 1.0), x, y, z)
    ours, theirs = Codec(255, 190), Codec(1, 1)
    back = item_of(theirs.decode(ours.encode(message_of(item, 7, 1, 1, MissionType.MISSION))))
    assert (back.x, back.y) == (x, y) and differences(item, back, 0) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [({"z": 21.0}, "height"), ({"x": 1}, "latitude"), ({"command": 21}, "command"), ({"frame": 0}, "frame"),
     ({"params": (5.0, 0.0, 0.0, 0.0)}, "param1")],
)  # fmt: skip
def test_what_differs_is_named(change, word):
    sent = Item(16, 3, (0.0, 0.0, 0.0, NAN), 10, 20, 20.0)
    fields = {
        "command": 16,
        "frame": 3,
        "params": (0.0, 0.0, 0.0, 0.0),
        "x": 10,
        "y": 20,
        "z": 20.0,
        **change,
    }
    assert word in differences(sent, Item(**fields), 0)[0]


def test_two_names_of_one_frame_and_centimetres_are_no_difference():
    sent = Item(16, 3, (0.0, 2.0, 0.0, NAN), 10, 20, 20.004)
    assert differences(sent, Item(16, 6, (0.0, 0.0, 0.0, 0.0), 10, 20, 20.0), 3) == []


def test_a_plan_is_read_as_it_is_meant(tmp_path):
    plan = read(written(tmp_path / "p.plan", extra=[(177, 2, [2, 3, 0, 0, 0, 0, 0])]))
    assert [i.command for i in plan.mission] == [22, 16, 2000, 16, 16, 2000, 16, 177, 20]
    assert plan.mission[7].params[0] == 1.0 and math.isnan(plan.mission[0].params[3])
    assert [i.command for i in plan.fence] == [5001] * 4 + [5004] and plan.fence[0].params[0] == 4.0
    assert plan.rally[0].command == 5100 and plan.rally[0].z == 30.0 and plan.photos == (2, 5)


def test_ardupilot_counts_home_and_px4_does_not(tmp_path):
    plan = read(written(tmp_path / "p.plan", extra=[(177, 2, [2, 3, 0, 0, 0, 0, 0])]))
    there = wire_items(plan.mission, plan.home, capabilities_of(3, None))
    assert there[0].frame == 0 and there[0].z == 20.0 and there[8].params[0] == 2.0
    assert math.isnan(there[1].params[3]) and not math.isnan(there[3].params[3])
    assert wire_items(plan.mission, plan.home, capabilities_of(12, None)) == plan.mission


def test_an_unknown_autopilot_is_believed_in_what_it_keeps():
    assert capabilities_of(0, 4).keeps == {MissionType.MISSION}
    assert capabilities_of(0, 57348).keeps == set(MissionType) == capabilities_of(0, None).keeps
    assert capabilities_of(12, 4).keeps == set(MissionType)


@pytest.mark.parametrize(
    "wreck",
    [lambda d: d.update(fileType="Fence"), lambda d: d["mission"].update(items=[]),
     lambda d: d["mission"]["items"][1].update(type="ComplexItem"), lambda d: d["mission"]["items"][1].update(params=[1, 2]),
     lambda d: d["mission"]["items"][1]["params"].__setitem__(4, 91.0),
     lambda d: d["mission"]["items"][1]["params"].__setitem__(6, float("inf")),
     lambda d: d["mission"]["items"][1].update(command="16"), lambda d: d["geoFence"]["polygons"][0].update(polygon=[[1, 2]]),
     lambda d: d["geoFence"]["circles"][0]["circle"].update(radius=-1), lambda d: d["rallyPoints"].update(points=[[1]]),
     lambda d: d["mission"].update(plannedHomePosition=None), lambda d: d.update(mission=[])],
)  # fmt: skip
def test_a_plan_that_cannot_be_flown_says_where(tmp_path, wreck):
    made = document()
    wreck(made)
    path = tmp_path / "p.plan"
    path.write_text(json.dumps(made))
    with pytest.raises(PlanUnusable, match=r"p\.plan: "):
        read(path)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_a_mutated_plan_is_read_or_refused(tmp_path_factory, seed):
    chance = random.Random(seed)
    raw = bytearray(json.dumps(document()).encode())
    for _ in range(chance.randint(1, 8)):
        raw[chance.randrange(len(raw))] = chance.choice(b'0123456789{}[]",:.-eEnult')
    path = tmp_path_factory.mktemp("m") / "m.plan"
    path.write_bytes(bytes(raw))
    with contextlib.suppress(PlanUnusable):
        assert read(path).mission


# — progress ————————————————————————————————————————————————————————————————————————————————————————————————————————————

M = 1 / 111_195.0


def at(north_m, up_m=20.0, boot_ms=0):
    return Position(boot_ms, north_m * M, 0.0, up_m, up_m, 5.0, 0.0, None)


def northwards(*extra):
    items = [Item(22, 3, (0.0, 0.0, 0.0, NAN), 0, 0, 20.0)]
    items += [Item(16, 3, (0.0, 0.0, 0.0, NAN), round(n * 100 * M * 1e7), 0, 20.0) for n in (1, 2, 3)]
    return (*items, *extra)


def test_lost_words_are_replaced_by_the_track():
    progress, vehicle = Progress(northwards()), Vehicle(1, 1)
    for n in range(0, 301, 20):
        progress.moved(at(n))
    assert progress.reached(1) == [0, 1] and not progress.is_whole(vehicle, stands=True)
    assert progress.by_track() == [2, 3] and progress.is_whole(vehicle, stands=True)
    assert progress.evidence[2] == "track" and progress.evidence[0] == "implied"


def test_items_that_were_passed_over_are_not_flown():
    progress, vehicle = Progress(northwards()), Vehicle(1, 1)
    for n in range(0, 101, 20):
        progress.moved(at(n))
    progress.reached(1)
    progress.current(4)
    assert progress.missed() == [2, 3] and not progress.is_whole(vehicle, stands=True)


def test_what_was_flown_while_nobody_watched_is_not_held_against_the_track():
    progress, vehicle = Progress(northwards(), gap=True), Vehicle(1, 1)
    progress.current(3)
    progress.moved(at(300))
    progress.reached(3)
    assert progress.missed() == [] and progress.is_whole(vehicle, stands=True)


def test_a_return_at_the_end_is_over_when_the_vehicle_stands():
    progress, vehicle = Progress(northwards(Item(20, 2, (0.0,) * 4, 0, 0, 0.0))), Vehicle(1, 1)
    progress.reached(3)
    assert not progress.is_whole(vehicle, stands=False) and progress.is_whole(vehicle, stands=True)


# — photographs —————————————————————————————————————————————————————————————————————————————————————————————————————————


def captured(index, boot_ms, lat=0, lon=0):
    return mavlink.MAVLink_camera_image_captured_message(
        boot_ms, 0, 1, lat, lon, 40_000, 20_000, [1, 0, 0, 0], index, 1, b""
    )


def test_photographs_belong_to_items_in_turn_and_repetitions_to_none():
    items = (
        *northwards(Item(2000, 2, (0.0, 0.0, 1.0, NAN), 0, 0, 0.0)),
        Item(2000, 2, (0.0, 0.0, 1.0, NAN), 0, 0, 0.0),
    )
    photos = Photos(items, wanted_of(items))
    assert photos.captured(captured(0, 1000, 1, 1), 3, None)["item"] == 4
    assert photos.captured(captured(0, 1000, 1, 1), 3, None) is None
    assert photos.passed(5) and photos.taken == {4: "CAMERA_IMAGE_CAPTURED", 5: "item"}
    assert photos.captured(captured(1, 1100, 1, 1), 5, None)["item"] == 5 and photos.missing == []


def test_a_trigger_takes_its_position_from_the_track_whatever_the_calendar_says():
    items = northwards(Item(203, 2, (0.0,) * 4, 0, 0, 0.0))
    photos, skew_us = Photos(items, wanted_of(items)), 5_000_000
    for n in range(100):
        photos.moved(at(n, boot_ms=n * 100))
    unix_us = 1_790_000_000_000_000 + skew_us
    row = photos.captured(mavlink.MAVLink_camera_trigger_message(unix_us + 5_020_000, 0), 3, unix_us)
    assert row["boot_ms"] == 5020 and abs(row["lat_deg"] / M - 50) < 0.01


def test_the_boot_clock_is_read_within_a_tenth_of_a_second_over_a_slow_link():
    clock, chance = BootClock(), random.Random(1)
    for n in range(100):
        clock.heard(n * 100, 1_000_000_000 + n * 100_000 + 150_000 + chance.randrange(80_000))
    assert abs(clock.ours_us(5000, 150_000) - (1_000_000_000 + 5_000_000)) < 100_000


# — failsafes, lease, journal ———————————————————————————————————————————————————————————————————————————————————————————


def test_failing_things_are_told_once_at_their_beginning_and_end():
    vehicle, watch = Vehicle(1, 1), failsafe.Watch()
    vehicle.battery_percent, vehicle.wind_mps = 15, 12.5
    assert {name for name, begins, _ in watch.changes(vehicle, 0.0) if begins} == {"battery", "wind"}
    assert watch.changes(vehicle, 0.0) == []
    vehicle.wind_mps = 3.0
    assert watch.changes(vehicle, 5.0) == [("link", True, "no heartbeat for 5 s"), ("wind", False, "over")]


def test_a_lease_is_held_renewed_taken_over_and_runs_out(tmp_path):
    clock = ManualClock()
    ours, theirs = (LeaseFile("udp:x system 1", who, clock, tmp_path) for who in ("a", "b"))
    ours.take()
    with pytest.raises(LeaseHeld, match="a until"):
        theirs.take()
    clock.advance(9)
    ours.take()
    clock.advance(9)
    assert theirs.take(take_over=True).taken_from == "a"
    with pytest.raises(LeaseHeld):
        ours.take()
    ours.give_back()
    clock.advance(11)
    assert ours.take().holder == "a"
    events = [json.loads(row)["event"] for row in ours.audit.read_text().splitlines()]
    assert events == ["taken", "taken over", "given back", "taken"]


def test_whoever_holds_a_lease_is_told_in_words(tmp_path):
    clock = ManualClock()
    flight = LeaseFile("v", "flight 14b546f267d0", clock, tmp_path, words="流溪甲线 · p.plan · ops@grid")
    flight.take()
    person = LeaseFile("v", "d1", clock, tmp_path, words="邓调度（d1）")
    with pytest.raises(LeaseHeld, match=r"流溪甲线 · p\.plan · ops@grid"):
        person.take()
    taken = person.take(take_over=True)
    assert (taken.holder, taken.taken_from) == ("d1", "流溪甲线 · p.plan · ops@grid")
    held = person.held()
    assert held is not None
    assert held.who == "邓调度（d1）"
    rows = [json.loads(row) for row in person.audit.read_text("utf-8").splitlines()]
    assert [(row["holder"], row["words"]) for row in rows] == [
        ("flight 14b546f267d0", "流溪甲线 · p.plan · ops@grid"), ("d1", "邓调度（d1）"),
    ]  # fmt: skip


def test_a_plan_is_called_by_its_line_and_its_file(tmp_path):
    bare = written(tmp_path / "p.plan")
    assert read(bare).name == "p.plan"
    given = json.loads(bare.read_text("utf-8")) | {"mumian": {"line": {"name": "流溪甲线"}}}
    bare.write_text(json.dumps(given), "utf-8")
    assert read(bare).name == "流溪甲线 · p.plan"


def test_a_lease_is_free_only_after_its_time():
    lease = granted(None, "v", "a", 0)
    assert granted(lease, "v", "b", 10_000_000).holder == "b"
    with pytest.raises(LeaseHeld):
        granted(lease, "v", "b", 9_999_999)


def test_a_journal_that_was_cut_off_keeps_its_whole_lines(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.add("begun", flight="f")
    journal.add("order", command=400, state="sent")
    with (tmp_path / "j").open("a") as file:
        file.write('{"step": "ord')
    again = Journal(tmp_path / "j")
    assert again.is_open and again.has_flown and len(again.steps) == 2
    again.add("ended")
    assert not Journal(tmp_path / "j").is_open


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_told_and_stops_nothing(tmp_path):
    path = tmp_path / "r.jsonl"
    path.symlink_to("/dev/full")
    record = Record(path)
    record.write("position", lat_deg=1.0)
    record.write("position", lat_deg=2.0)
    assert "space" in record.failed
