"""`fly` against a vehicle that shares no code with it: MAVSDK's server plugins in front of a flight model, over UDP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import random
import subprocess
import sys
import threading

import pytest
import typer

pytest.importorskip("mavsdk")

from tests.scenarios.powerline.act.plans import HOME, document, written

from mumian.core.kernel.clock import SystemClock
from mumian.core.kernel.geo import LocalFrame, Wgs84
from mumian.core.kernel.ports import free
from mumian.scenarios.powerline.act import commands
from mumian.scenarios.powerline.act.flight.connection import connected
from mumian.scenarios.powerline.act.flight.flight import Wishes
from mumian.scenarios.powerline.act.flight.lease import LeaseFile
from mumian.scenarios.powerline.act.flight.orders import give, set_mode
from mumian.scenarios.powerline.act.flight.refusals import CommandRefused
from mumian.scenarios.powerline.act.flight.remote import Remote
from mumian.scenarios.powerline.observe.mavlink.codec import Codec
from mumian.scenarios.powerline.observe.mavlink.endpoint import parse
from mumian.scenarios.powerline.observe.mavlink.link import Link
from mumian.scenarios.powerline.observe.mavlink.vehicle import FLYING
from mumian.worlds.powerline.lossy import Weather, lossy

pytestmark = pytest.mark.timeout(240)


@contextlib.contextmanager
def vehicle(connect, plan, *wishes):
    child = subprocess.Popen(
        [sys.executable, "-m", "mumian.worlds.powerline.vehicle", "--connect", connect, "--plan", str(plan),
         "--seconds", "230", *wishes],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    while "ready" not in child.stdout.readline():
        pass
    drain = threading.Thread(target=child.stdout.read, daemon=True)
    drain.start()
    try:
        yield child
    finally:
        child.kill()
        child.wait()


@contextlib.contextmanager
def radio(listen, to, weather):
    """The lossy proxy in a loop of its own."""
    started, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()

    async def run():
        async with lossy(("127.0.0.1", listen), ("127.0.0.1", to), weather):
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    started.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def flown(plan, url, capsys, wishes=None):
    code = 0
    try:
        commands.fly(plan, url, None, None, wishes or Wishes(wait_s=20, patience_s=60), True)
    except typer.Exit as exit_:
        code = exit_.exit_code
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out.startswith("{") else {}, said.err


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_mission_is_flown_whole_within_two_metres_of_its_legs(tmp_path, capsys):
    plan, port, truth = written(tmp_path / "p.plan"), free(), tmp_path / "truth.jsonl"
    with vehicle(f"udpout://127.0.0.1:{port}", plan, "--speed", "4", "--wind", "4", "--truth", str(truth)):
        code, told, err = flown(plan, f"udp:127.0.0.1:{port}", capsys)
    assert code == 0, err
    assert told["outcome"] == "whole" and told["photos_by_camera"] == told["photos_wanted"] == 2
    assert told["read_back"] == {"fence": "same", "rally": "same", "mission": "same"}
    assert worst_cross_track_m(lines(truth)) < 2.0
    record = lines(tmp_path / "p.flight.jsonl")
    photo = next(row for row in record if row["kind"] == "photo")
    assert {"lat_deg", "lon_deg", "above_home_m", "item", "time"} <= set(photo)
    assert {"flight", "upload", "read_back", "command", "position", "item", "photo", "link", "outcome"} <= {
        r["kind"] for r in record
    }


def test_the_same_vehicle_flies_again_and_again(tmp_path, capsys):
    port = free()
    first = written(tmp_path / "p1.plan")
    with vehicle(f"udpin://127.0.0.1:{port}", first, "--speed", "8"):
        for n in range(1, 4):
            plan = written(tmp_path / f"p{n}.plan")
            code, told, err = flown(plan, f"udpout:127.0.0.1:{port}", capsys)
            assert (code, told.get("outcome")) == (0, "whole"), (n, err)
            assert told["photos_by_camera"] == told["photos_wanted"] == 2


@contextlib.contextmanager
def another_station(url, *orders):
    """Somebody else who, once the vehicle flies its mission, gives these orders of Remote, three seconds apart."""
    heard: list[str] = []

    async def run():
        async with (
            Link.opened(parse(url), Codec(system=254)) as link,
            connected(link, url, 1, 30) as connection,
        ):
            lease = LeaseFile(f"{parse(url)} system 1", "dispatcher", SystemClock())
            while connection.vehicle.mode != "AUTO.MISSION" or connection.vehicle.landed != FLYING:
                await asyncio.sleep(0.1)
            await asyncio.sleep(1.0)
            for order in orders:
                lease.take(take_over=True)
                await getattr(Remote(connection, lease), order)()
                await asyncio.sleep(3.0)
                heard.append(f"{connection.vehicle.mode} at {connection.vehicle.position.speed_mps:.0f} m/s")
            lease.give_back()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    yield heard
    thread.join(30)


@pytest.mark.parametrize(
    "orders", [("return_home",), ("hold", "return_home"), ("hold", "go_on", "hold", "land")]
)
def test_it_flies_again_whole_after_somebody_ended_its_flight(tmp_path, capsys, monkeypatch, orders):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    port = free()
    url, first = f"udpout:127.0.0.1:{port}", written(tmp_path / "p1.plan", waypoints=14)
    with vehicle(f"udpin://127.0.0.1:{port}", first, "--speed", "4"):
        with another_station(url, *orders) as heard:
            code, told, err = flown(first, url, capsys)
        assert (code, told.get("outcome")) == (1, "aborted"), err
        if "hold" in orders:
            assert heard[0] == "AUTO.LOITER at 0 m/s"
        if "go_on" in orders:
            assert heard[1].startswith("AUTO.MISSION")
        for n in (2, 3):
            code, told, err = flown(written(tmp_path / f"p{n}.plan"), url, capsys)
            assert (code, told.get("outcome")) == (0, "whole"), (n, err)
            assert told["photos_by_camera"] == told["photos_wanted"] == 2


def test_a_battery_that_runs_down_brings_it_home_and_the_next_flight_has_a_full_one(tmp_path, capsys):
    port = free()
    url, long = f"udpout:127.0.0.1:{port}", written(tmp_path / "p1.plan", waypoints=60)
    station = ("--battery-wh", "24", "--swap-s", "60", "--truth", str(tmp_path / "truth.jsonl"))
    with vehicle(f"udpin://127.0.0.1:{port}", long, "--speed", "8", *station):
        code, told, err = flown(long, url, capsys)
        assert (code, told["outcome"]) == (1, "aborted"), err
        said = [text.split(":")[0] for text in told["vehicle_said"] if text.startswith("Battery")]
        assert said[:2] == ["Battery 1 low", "Battery 1 critical"]
        assert min(row["battery_percent"] for row in lines(tmp_path / "truth.jsonl")) > 0
        code, told, err = flown(written(tmp_path / "p2.plan", waypoints=2), url, capsys)
        assert (code, told.get("outcome")) == (0, "whole"), err


def test_a_hold_is_ordered_another_way_where_the_first_is_not_answered_and_says_so_at_the_end(
    tmp_path, monkeypatch
):
    """MAVSDK's own server refuses PX4's hold: the refusal, not the silence, is what the person hears."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    port = free()
    url, plan = f"udpout:127.0.0.1:{port}", written(tmp_path / "p.plan")

    async def run():
        async with Link.opened(parse(url), Codec()) as link, connected(link, url, 1, 20) as connection:
            remote = Remote(connection, LeaseFile(f"{parse(url)} system 1", "dispatcher", SystemClock()))
            await give(connection, set_mode(4, 4))
            while connection.vehicle.mode != "AUTO.MISSION":
                await asyncio.sleep(0.1)
            with pytest.raises(CommandRefused, match="MAV_CMD_DO_SET_MODE"):
                await remote.hold()
            return [json.loads(line) for line in remote.lease.audit.read_text("utf-8").splitlines()]

    with vehicle(f"udpin://127.0.0.1:{port}", plan, "--no-pause"):
        audit = asyncio.run(run())
    assert [(row["command"], row["state"]) for row in audit if row["event"] == "order"] == [
        ("MAV_CMD_DO_PAUSE_CONTINUE", "sent"), ("MAV_CMD_DO_PAUSE_CONTINUE", "unanswered"),
        ("MAV_CMD_DO_SET_MODE", "sent"), ("MAV_CMD_DO_SET_MODE", "MAV_RESULT_TEMPORARILY_REJECTED"),
    ]  # fmt: skip


def worst_cross_track_m(truth):
    """Horizontal metres beside the leg flown, between the first and the last waypoint."""
    frame = LocalFrame(Wgs84(HOME[0], HOME[1]))
    items = document()["mission"]["items"]
    place = {
        n: frame.to_enu(Wgs84(i["params"][4], i["params"][5]))
        for n, i in enumerate(items)
        if i["command"] in (16, 22)
    }
    worst = 0.0
    for row in truth:
        n = row["item"]
        before = max((k for k in place if k < n), default=None)
        if n in place and before is not None and n > 1:
            (ax, ay), (bx, by) = place[before], place[n]
            length = math.hypot(bx - ax, by - ay)
            cross = abs((bx - ax) * (row["north_m"] - ay) - (by - ay) * (row["east_m"] - ax)) / length
            worst = max(worst, cross)
    return worst


def test_it_speaks_to_a_vehicle_that_waits_for_the_ground(tmp_path, capsys):
    plan, port = written(tmp_path / "p.plan", waypoints=1), free()
    with vehicle(f"udpin://127.0.0.1:{port}", plan, "--speed", "5"):
        code, told, err = flown(plan, f"udp:127.0.0.1:{port}", capsys)
    assert code == 0 and told["outcome"] == "whole", err


def test_arming_is_refused_until_the_estimate_settles(tmp_path, capsys):
    plan, port = written(tmp_path / "p.plan", waypoints=1), free()
    with vehicle(f"udpout://127.0.0.1:{port}", plan, "--speed", "5", "--fault", "no-arm@6"):
        code, _, err = flown(plan, f"udp:127.0.0.1:{port}", capsys)
    assert code == 0 and "Need Position Estimate" in err


@pytest.mark.parametrize("way", ["--no-mission-start", "--fly-on-arm"])
def test_the_start_is_ordered_as_the_vehicle_takes_it(tmp_path, capsys, way):
    plan, port = written(tmp_path / "p.plan", waypoints=1), free()
    with vehicle(f"udpout://127.0.0.1:{port}", plan, "--speed", "5", way):
        code, told, err = flown(plan, f"udp:127.0.0.1:{port}", capsys)
    assert code == 0 and told["outcome"] == "whole", err


@pytest.mark.parametrize(("fault", "words"), [("battery", "failsafe: RTL"), ("gps", "GPS Glitch")])
def test_a_failsafe_in_flight_is_told_in_the_vehicles_words(tmp_path, capsys, fault, words):
    plan, port = written(tmp_path / "p.plan", waypoints=12), free()
    with vehicle(f"udpout://127.0.0.1:{port}", plan, "--speed", "4", "--fault", f"{fault}@9"):
        code, told, err = flown(plan, f"udp:127.0.0.1:{port}", capsys)
    assert code == 1 and told["outcome"] == "aborted" and words in err
    assert any(row["kind"] == "text" and words in row["text"] for row in lines(tmp_path / "p.flight.jsonl"))


@pytest.mark.slow
def test_a_bad_radio_carries_a_whole_flight(tmp_path, capsys):
    plan, near, far = written(tmp_path / "p.plan"), free(), free()
    weather = Weather(loss=0.2, round_trip_s=0.3, duplicate=0.05, reorder=0.05, chance=random.Random(2))
    with vehicle(f"udpin://127.0.0.1:{far}", plan, "--speed", "2"), radio(near, far, weather):
        code, told, err = flown(plan, f"udpout:127.0.0.1:{near}", capsys)
    assert code == 0 and told["outcome"] == "whole", err
    assert 0.05 < told["loss"] < 0.5 and told["photos_missing"] == []


def test_a_link_that_was_cut_is_taken_up_without_an_order(tmp_path, capsys):
    plan, near, far, weather = written(tmp_path / "p.plan", waypoints=6), free(), free(), Weather()
    with vehicle(f"udpin://127.0.0.1:{far}", plan, "--speed", "2"), radio(near, far, weather):
        timers = [
            threading.Timer(after, setattr, (weather, "cut", cut)) for after, cut in ((9, True), (17, False))
        ]
        for timer in timers:
            timer.start()
        code, told, err = flown(plan, f"udpout:127.0.0.1:{near}", capsys)
    assert code == 0 and told["outcome"] == "whole", err
    record = lines(tmp_path / "p.flight.jsonl")
    link = [
        (row["begins"], row["time"])
        for row in record
        if row["kind"] == "failsafe" and row["condition"] == "link"
    ]
    assert [begins for begins, _ in link] == [True, False]
    assert not [row for row in record if row["kind"] == "command" and row["time"] > link[0][1]]
