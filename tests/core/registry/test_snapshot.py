"""The register in memory: fast, and never older than the last change, whoever made it."""

from __future__ import annotations

import random
import threading
import time

import pytest
from tests.core.registry.homes import HOUR_US, NOW_US, load

from mumian.core import registry
from mumian.core.registry.model import Assignment, Device, Person, Register
from mumian.core.registry.snapshot import Snapshot


@pytest.fixture
def home(make_store):
    opened = make_store("registry")
    load(opened)
    return opened


def test_ten_thousand_questions_take_milliseconds():
    draw = random.Random(5)
    devices = {f"d{i}": Device(f"d{i}", "band", None, "replay") for i in range(1000)}
    people = {f"p{i}": Person(f"p{i}", f"{i}", None, None, 3) for i in range(1000)}
    worn = [
        Assignment(d, f"p{draw.randrange(1000)}", k * 100, (k + 1) * 100 if k < 9 else None)
        for d in devices
        for k in range(10)
    ]
    keyed = {(a.device, a.person, a.from_us): a for a in worn}
    snap = Snapshot(Register(devices=devices, people=people, assignments=keyed))
    asked = [(f"d{draw.randrange(1000)}", draw.randrange(-50, 1500)) for _ in range(10_000)]
    began = time.perf_counter()
    answers = [snap.wearer(device, at) for device, at in asked]
    took = time.perf_counter() - began
    assert answers == [
        next(
            (a.person for a in worn[int(d[1:]) * 10 :][:10] if a.from_us <= at and (a.until_us or 1e9) > at),
            None,
        )
        for d, at in asked
    ]
    assert took < 0.1


def test_the_same_snapshot_comes_back_until_something_changes(home):
    one = registry.snapshot(home)
    assert registry.snapshot(home) is one
    with home.tx() as cur:
        registry.release(cur, "band-1", at_us=NOW_US, by="test")
    two = registry.snapshot(home)
    assert two is not one
    assert one.wearer("band-1", NOW_US) == "wang"
    assert two.wearer("band-1", NOW_US) is None


def test_a_change_by_plain_sql_is_seen_too(home):
    registry.snapshot(home)
    home.query(
        "update registry.consents set until_us = %s where person = 'wang' and purpose = 'care'", (NOW_US,)
    )
    assert not registry.snapshot(home).consents("wang", "care", NOW_US)


def test_what_is_rolled_back_was_never_seen_outside(home):
    seen = []

    def change_and_fail():
        with home.tx() as cur:
            registry.release(cur, "band-1", at_us=NOW_US, by="test")
            seen.append(registry.snapshot_in(cur, home).wearer("band-1", NOW_US))
            other = threading.Thread(
                target=lambda: seen.append(registry.snapshot(home).wearer("band-1", NOW_US))
            )
            other.start()
            other.join()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert seen == [None, "wang"]
    assert registry.snapshot(home).wearer("band-1", NOW_US) == "wang"


def test_two_who_hand_out_one_band_at_once_do_not_both_succeed(home):
    outcomes = []

    def hand_out(person):
        try:
            with home.tx() as cur:
                registry.assign(cur, "band-9", person, at_us=NOW_US, by="test")
            outcomes.append("given")
        except registry.Refused:
            outcomes.append("refused")

    racers = [threading.Thread(target=hand_out, args=(p,)) for p in ("wang", "li", "chen")]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(outcomes) == ["given", "refused", "refused"]


def test_where_people_and_devices_are(home):
    snap = registry.snapshot(home)
    assert snap.floor_of_person("chen") == "F2"
    assert snap.floor_of_device("band-3", NOW_US) == "F2"
    assert snap.floor_of_device("band-9", NOW_US) == "F2"
    assert snap.floor_of_device("motion-h", NOW_US) == "F1"
    assert snap.floor_of_device("nothing", NOW_US) is None
    assert list(snap.residents_at("R101")) == ["wang", "li"]
    assert list(snap.residents_at("B2")) == ["li"]
    assert list(snap.residents_at("hall")) == []
    assert snap.is_bedroom("R101")
    assert snap.is_bedroom("B3")
    assert not snap.is_bedroom("hall")
    assert snap.devices_of("wang", NOW_US) == ("band-1",)
    assert snap.room_name("wang") == "101 房"
    assert (snap.device("x"), snap.person("x"), snap.floor("x"), snap.room_name("x")) == (
        None,
        None,
        None,
        "x",
    )
    assert snap.origin_of("chen", NOW_US) == "simulation"
    assert snap.origin_of("wang", NOW_US) == "replay"
    assert snap.wearer("band-1", NOW_US - 2000 * HOUR_US) is None
