"""A folder of photographs, a record and a plan, into a home."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.scenarios.powerline.act_triage.flights import BEGAN_US, flown, photographed, picture, save

from mumian.core.kernel.errors import BadInput
from mumian.core.store import Store
from mumian.scenarios.powerline.act.triage.inspect import inspect
from mumian.scenarios.powerline.act.triage.placing import Flown
from mumian.scenarios.powerline.act.triage.placing import flown as flown_by
from mumian.scenarios.powerline.decide.coverage import rows as coverage_rows


@pytest.fixture(scope="module")
def two_towers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan over two towers, planned once."""
    folder = tmp_path_factory.mktemp("plan")
    flown(folder)
    return folder


def copied(two_towers: Path, tmp_path: Path, **wishes):
    for name in ("a.plan", "line.geojson"):
        shutil.copy(two_towers / name, tmp_path / name)
    return flown(tmp_path, **wishes)


def asked(flight) -> Flown:
    made = flown_by(flight.record, flight.plan, None)
    assert made is not None
    return made


def states(store: Store, flight: str) -> dict[str, tuple[str, str | None]]:
    return {s["shot"]: (s["state"], s["reason"]) for s in coverage_rows.shots(store, flight)}


def events(store: Store, kind: str) -> list[dict]:
    return [
        json.loads(b)
        for (b,) in store.query("select body from store.events where kind = %s order by id", (kind,))
    ]


def test_every_shot_is_seen_blurred_or_missing_and_the_rest_is_unshifted(
    store: Store, two_towers: Path, tmp_path: Path
) -> None:
    flight = copied(two_towers, tmp_path)
    ids = [s["id"] for s in flight.shots]
    photographed(flight, ahead_s=-3607.0, without=(ids[3],), blurred=(ids[5],))
    told = inspect(store, flight.images, "line 7", by=asked(flight))
    assert told["coverage"] == {"required": 18, "seen": 16, "blurred": 1, "missing": 1, "unbound": 0}
    assert told["bound"] == 17
    assert told["unclear"] == 1
    got = states(store, told["flight"])
    assert got[ids[3]] == ("missing", "no_photo")
    assert got[ids[5]] == ("blurred", "blurred")
    assert sorted(told["verified"]) == sorted(set(ids) - {ids[3], ids[5]})
    for name, shot, tower, taken in store.query("select name, shot, tower, taken_us from powerline.photos"):
        assert ids[int(name[4:8])] == shot
        assert taken == flight.taken_us[shot]
        assert tower == next(s["tower"] for s in flight.shots if s["id"] == shot)
    (body,) = events(store, "powerline_coverage")
    assert (body["required"], body["seen"], len(body["shots"])) == (18, 16, 18)


def test_one_that_cannot_be_judged_is_kept_whole(store: Store, two_towers: Path, tmp_path: Path) -> None:
    flight = copied(two_towers, tmp_path)
    blurred = flight.shots[2]["id"]
    photographed(flight, blurred=(blurred,))
    inspect(store, flight.images, "line 7", by=asked(flight))
    ((name, original, fault),) = store.query(
        "select name, original, fault from powerline.photos where fault is not null"
    )
    assert (name, fault) == ("DJI_0002.JPG", "blurred")
    assert original is not None


def test_without_record_and_plan_it_is_as_it_was(store: Store, tmp_path: Path) -> None:
    for n in range(3):
        save(picture(n), tmp_path / "photos" / f"{n}.jpg", None)
    told = inspect(store, tmp_path / "photos", "line 7")
    assert (told["photos"], told["changed"]) == (3, True)
    assert "coverage" not in told
    again = inspect(store, tmp_path / "photos", "line 7")
    assert {**again, "changed": True} == told
    assert len(events(store, "powerline_flight")) == 1


def test_a_flight_that_was_judged_without_them_is_bound_later_once(
    store: Store, two_towers: Path, tmp_path: Path
) -> None:
    flight = copied(two_towers, tmp_path)
    photographed(flight)
    first = inspect(store, flight.images, "line 7")
    later = inspect(store, flight.images, "line 7", by=asked(flight))
    assert (later["flight"], later["changed"], later["coverage"]["seen"]) == (first["flight"], True, 18)
    assert inspect(store, flight.images, "line 7", by=asked(flight))["changed"] is False
    assert len(events(store, "powerline_coverage")) == 1


def test_the_record_of_another_flight_of_this_plan_binds_nothing(
    store: Store, two_towers: Path, tmp_path: Path
) -> None:
    flight = copied(two_towers, tmp_path)
    for n in range(18):
        save(picture(n), flight.images / f"{n}.jpg", BEGAN_US + int((n * 11.3 + n * n * 0.37) * 1e6))
    told = inspect(store, flight.images, "line 7", by=asked(flight))
    assert told["coverage"] == {"required": 18, "seen": 0, "blurred": 0, "missing": 0, "unbound": 18}
    assert told["unbound_photos"] == {"no_clock": 18}


def test_damaged_doubled_and_unstamped_files_are_told_and_shift_nothing(
    store: Store, two_towers: Path, tmp_path: Path
) -> None:
    flight = copied(two_towers, tmp_path)
    photographed(flight)
    first = flight.images / "DJI_0000.JPG"
    (flight.images / "second card").mkdir()
    shutil.copy(first, flight.images / "second card" / "DJI_0000.JPG")
    save(picture(99), flight.images / "second card" / "DJI_0001.JPG", None)
    whole = (flight.images / "DJI_0004.JPG").read_bytes()
    (flight.images / "DJI_0004.JPG").write_bytes(whole[: len(whole) // 3])
    told = inspect(store, flight.images, "line 7", by=asked(flight))
    assert len(told["refused"]) == 2
    assert any("same photograph" in said for said in told["refused"])
    assert told["unbound_photos"] == {"no_time": 1}
    assert told["coverage"] == {"required": 18, "seen": 17, "blurred": 0, "missing": 0, "unbound": 1}
    assert states(store, told["flight"])[flight.shots[4]["id"]] == ("unbound", "not_told")


def test_only_one_of_record_and_plan_another_line_or_another_plan_is_refused(
    two_towers: Path, tmp_path: Path
) -> None:
    flight = copied(two_towers, tmp_path)
    with pytest.raises(BadInput, match="belong together"):
        flown_by(flight.record, None, None)
    with pytest.raises(BadInput, match="plan of 'line 7'"):
        flown_by(flight.record, flight.plan, "another line")
    changed = tmp_path / "changed.plan"
    changed.write_text(flight.plan.read_text("utf-8") + " ", "utf-8")
    with pytest.raises(BadInput, match="give the plan that was flown"):
        flown_by(flight.record, changed, None)
    bare = json.loads(flight.plan.read_text("utf-8"))
    bare["mumian"]["shots"] = []
    changed.write_text(json.dumps(bare), "utf-8")
    with pytest.raises(BadInput, match="names no shots"):
        flown_by(flight.record, changed, None)


def test_a_shot_that_the_plan_leaves_out_is_not_forgotten(
    store: Store, two_towers: Path, tmp_path: Path
) -> None:
    flight = copied(two_towers, tmp_path)
    made = json.loads(flight.plan.read_text("utf-8"))
    left_out = made["mumian"]["shots"].pop(6)["id"]
    flight.plan.write_text(json.dumps(made), "utf-8")
    shutil.rmtree(flight.images)
    flight = flown(tmp_path)
    photographed(flight)
    told = inspect(store, flight.images, "line 7", by=asked(flight))
    assert told["coverage"]["required"] == 18
    assert states(store, told["flight"])[left_out] == ("missing", "not_planned")
