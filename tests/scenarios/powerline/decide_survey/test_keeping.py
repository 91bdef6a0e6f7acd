from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from tests.scenarios.powerline.understand_clouds.scenes import line_file

from mumian.core.kernel.errors import BadInput
from mumian.core.store import Store
from mumian.scenarios.powerline.decide.commands import prove
from mumian.scenarios.powerline.decide.plans import keeping, rows

XXE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml><Placemark><name>&x;</name></Placemark></kml>'


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a.kml", lambda text: XXE),
        ("a.geojson", lambda text: text[:-20]),
        ("a.geojson", lambda text: text.replace("220000", "220 volts")),
        ("a.geojson", lambda text: text.replace("test line", "a\\u0000b")),
        ("a.dwg", lambda text: text),
        ("a.geojson", lambda text: ""),
        ("a.csv", lambda text: text),
    ],
)
def test_a_file_that_is_no_line_is_refused_and_nothing_is_kept(
    store: Store, tmp_path: Path, name, change
) -> None:
    with pytest.raises(BadInput):
        keeping.keep_line(store, name, change(line_file(tmp_path).read_text("utf-8")), "wgs84", "d1")
    assert rows.lines(store, 10) == []


def test_a_line_is_kept_once_and_its_plan_is_what_the_command_proves(store: Store, tmp_path: Path) -> None:
    text = line_file(tmp_path).read_text("utf-8")
    line = keeping.keep_line(store, "a.geojson", text, "wgs84", "d1")
    assert keeping.keep_line(store, "a.geojson", text, "wgs84", "d1") == line
    assert [one["towers"] for one in rows.lines(store, 10)] == [4]
    made = rows.plan(store, keeping.make(store, line, 1, 3, "tower", "d1"))
    assert made is not None
    assert made["verdict"] == "proved"
    assert set(made["told"]["shots"]) == {"1", "2", "3"}
    name, content = made["files"]["plan"]
    (tmp_path / name).write_bytes(base64.b64decode(content))
    prove(tmp_path / name, certificate_out=tmp_path / "c.json")
    envelope = json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert json.loads(base64.b64decode(envelope["payload"])) == made["told"]["certificate"]


def test_towers_that_are_not_there_are_refused(store: Store, tmp_path: Path) -> None:
    line = keeping.keep_line(store, "a.geojson", line_file(tmp_path).read_text("utf-8"), "wgs84", "d1")
    with pytest.raises(BadInput, match="tower 9"):
        keeping.make(store, line, 9, 1, "tower", "d1")
    assert rows.plans(store, line, 10) == []


def test_another_line_of_a_file_takes_the_place_of_one_without_plans_and_stands_beside_one_with_some(
    store: Store, tmp_path: Path
) -> None:
    whole = json.loads(line_file(tmp_path).read_text("utf-8"))
    second = json.loads(json.dumps(whole["features"][0]))
    second["properties"] |= {"id": 8, "name": "second line"}
    whole["features"].append(second)
    first = keeping.keep_line(store, "a.geojson", json.dumps(whole), "wgs84", "d1")
    other = keeping.choose(store, first, 2, "d1")
    assert [(one["id"], one["name"]) for one in rows.lines(store, 10)] == [(other, "second line")]
    keeping.make(store, other, 1, 2, "tower", "d1")
    assert keeping.choose(store, other, 1, "d1") == first
    assert {one["id"] for one in rows.lines(store, 10)} == {first, other}
    held = rows.line(store, other)
    assert held is not None
    assert (keeping.line_of(held).id, held["lines_in_file"]) == ("8", 2)
    with pytest.raises(BadInput):
        keeping.choose(store, first, 3, "d1")


def test_one_plan_is_made_at_a_time(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = keeping.keep_line(store, "a.geojson", line_file(tmp_path).read_text("utf-8"), "wgs84", "d1")
    monkeypatch.setattr(keeping, "WAIT_S", 0.05)
    with keeping._alone(), pytest.raises(keeping.PlannerBusy):
        keeping.make(store, line, 1, 3, "tower", "d1")
    assert keeping.make(store, line, 1, 3, "tower", "d1")
