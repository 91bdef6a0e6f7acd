"""`plan`: a QGroundControl plan that keeps its rules, for every voltage, number of circuits and profile."""

from __future__ import annotations

import json
import math

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.scenarios.powerline.decide.drawn import START, write

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import Wgs84, distance_m
from mumian.scenarios.powerline.decide.commands import plan, prove

CAMERA = {203, 206, 2000, 2500}


def planned(tmp_path, towers=5, profile="tower", name="out.plan", **kw):
    line = {k: kw.pop(k) for k in ("voltage", "cables", "spans") if k in kw}
    out = tmp_path / name
    plan(write(tmp_path / "line.geojson", **line), towers, profile, out, **kw)
    return out


@pytest.fixture(scope="module", params=["tower", "corridor"])
def made(request, tmp_path_factory):
    return json.loads(planned(tmp_path_factory.mktemp("plan"), profile=request.param).read_text("utf-8"))


def test_the_file_has_the_shape_of_a_qgroundcontrol_plan(made):
    assert (made["fileType"], made["version"]) == ("Plan", 1)
    mission = made["mission"]
    assert (mission["version"], mission["firmwareType"], mission["vehicleType"]) == (2, 3, 2)
    assert len(mission["plannedHomePosition"]) == 3
    assert mission["hoverSpeed"] > 0 and mission["cruiseSpeed"] > 0
    assert made["geoFence"]["version"] == made["rallyPoints"]["version"] == 2


def test_every_item_is_simple_and_complete(made):
    items = made["mission"]["items"]
    assert [item["doJumpId"] for item in items] == list(range(1, len(items) + 1))
    for item in items:
        assert item["type"] == "SimpleItem" and item["autoContinue"] is True
        assert len(item["params"]) == 7 and all(isinstance(p, int | float) for p in item["params"])
        if item["command"] in (16, 22, 201):
            assert (item["frame"], item["AltitudeMode"]) == (3, 1)
            assert item["Altitude"] == item["params"][6] and item["AMSLAltAboveTerrain"] is None
    assert items[0]["command"] == 22 and items[-1]["command"] == 20


def test_heights_stay_below_120_m_and_photographs_are_taken(made):
    items = made["mission"]["items"]
    assert min(i["Altitude"] for i in items if i["command"] == 16) >= 5
    assert max(i["Altitude"] for i in items if i["command"] in (16, 22)) <= 120
    assert sum(i["command"] in CAMERA for i in items) >= 8


def test_fence_and_rally_points_hold_the_mission(made):
    shapely = pytest.importorskip("shapely")
    (polygon,) = made["geoFence"]["polygons"]
    assert polygon["inclusion"] is True and len(polygon["polygon"]) <= 61
    area = shapely.Polygon(polygon["polygon"])
    places = [i["params"][4:6] for i in made["mission"]["items"] if i["command"] in (16, 22)]
    places += [point[:2] for point in made["rallyPoints"]["points"]]
    assert made["rallyPoints"]["points"]
    assert all(area.contains(shapely.Point(place)) for place in places)


def test_what_is_assumed_is_said(made):
    ours = made["mumian"]
    assert ours["line"]["voltage_kv"] == 220 and ours["towers"] == [1, 5]
    assert any("ground: flat" in one for one in ours["assumed"])
    assert any("tower heights" in one for one in ours["assumed"])
    assert ours["heights"]["assumed"] is True and ours["heights"]["home_amsl_m"] is None
    assert ours["rules"]["structure"]["standoff_m"] == 6.0
    assert ours["rules"]["clauses"]["ceiling"]["checked"] is False
    assert ours["certificate"]["predicate"]["verdict"] == "proved"


def test_every_component_of_every_tower_has_its_shot(tmp_path):
    made = json.loads(planned(tmp_path).read_text("utf-8"))
    shots = made["mumian"]["shots"]
    assert len({shot["id"] for shot in shots}) == len(shots) == 5 * (6 + 2 + 1)
    items = {item["doJumpId"]: item for item in made["mission"]["items"]}
    assert all(items[shot["doJumpId"]]["command"] == 2000 for shot in shots)
    assert shots[0]["name"].startswith("line 7_1_")


@pytest.mark.parametrize("voltage", [66_000, 110_000, 132_000, 220_000, 275_000, 330_000, 500_000, 750_000])
@pytest.mark.parametrize("profile", ["tower", "corridor"])
def test_every_voltage_is_planned_and_proved(tmp_path, voltage, profile, capsys):
    out = planned(tmp_path, profile=profile, voltage=voltage)
    prove(out, as_json=True)
    assert json.loads(capsys.readouterr().out)["verdict"] == "proved"


@pytest.mark.parametrize(("cables", "circuits"), [("3", 1), (None, 2), ("9", 3), ("12", 4)])
@pytest.mark.parametrize("profile", ["tower", "corridor"])
def test_every_number_of_circuits_is_planned(tmp_path, cables, circuits, profile):
    made = json.loads(planned(tmp_path, cables=cables, profile=profile, towers=4).read_text("utf-8"))
    assert made["mumian"]["line"]["circuits"] == circuits
    assert any("circuits" in one for one in made["mumian"]["assumed"]) is (cables is None)


def test_higher_voltages_keep_farther_away(tmp_path):
    worst = []
    for voltage in (110_000, 500_000):
        made = json.loads(planned(tmp_path, voltage=voltage).read_text("utf-8"))
        predicate = made["mumian"]["certificate"]["predicate"]
        assert predicate["worst"]["conductor-distance"] >= predicate["required_m"]
        worst.append(predicate["standoff_m"])
    assert worst == [5.0, 8.0]


@pytest.mark.parametrize("profile", ["tower", "corridor"])
@pytest.mark.parametrize("across_m", [-45.0, 45.0])
def test_home_may_lie_on_either_side(tmp_path, profile, across_m):
    from mumian.core.kernel.geo import LocalFrame

    home = LocalFrame(START).to_wgs84(across_m, across_m)
    out = planned(tmp_path, profile=profile, home=f"{home.lat_deg},{home.lon_deg}", first=2, towers=4)
    lat, lon, _ = json.loads(out.read_text("utf-8"))["mission"]["plannedHomePosition"]
    assert distance_m(Wgs84(lat, lon), home) < 0.1


def test_px4_gets_its_own_commands(tmp_path):
    made = json.loads(planned(tmp_path, autopilot="px4").read_text("utf-8"))
    commands = {item["command"] for item in made["mission"]["items"]}
    assert made["mission"]["firmwareType"] == 12 and 195 in commands and 201 not in commands


def test_from_counts_towers_as_the_file_does(tmp_path):
    made = json.loads(planned(tmp_path, towers=3, first=4).read_text("utf-8"))
    assert made["mumian"]["towers"] == [4, 6]
    assert {shot["tower"] for shot in made["mumian"]["shots"]} == {4, 5, 6}


@pytest.mark.parametrize(
    ("kw", "said"),
    [
        ({"towers": 99}, "the line has only 11"),
        ({"towers": 0}, "at least 1"),
        ({"towers": 1, "profile": "corridor"}, "at least 2"),
        ({"first": 44}, "no tower 44"),
        ({"home": "23,x"}, "latitude,longitude"),
        ({"home": "95,113"}, "latitude 95"),
        ({"voltage": 1_200_000}, "no .*voltage"),
        ({"spans": ((90, 300),) * 40, "towers": 40}, "reserve.*fit: plan .* towers, then the others"),
        ({"spans": ((90, 300), (90, 2600), (90, 300)), "towers": 4}, "crossing above tower"),
        ({"spans": ((90, 0.9), (90, 0.9), (90, 0.9)), "towers": 2}, "fewer than two towers"),
        (
            {"spans": ((90, 90_000), (90, 90_000), (90, 90_000)), "towers": 2},
            "span after tower|split the line",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_with_a_way_out(tmp_path, kw, said):
    with pytest.raises(BadInput, match=said):
        planned(tmp_path, **{"towers": 5, **kw})
    assert not (tmp_path / "out.plan").exists()


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(BadInput, match="make it first"):
        planned(tmp_path, name="no/folder/out.plan")


spans = st.lists(st.tuples(st.floats(-60, 60), st.floats(60, 600)), min_size=4, max_size=6)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    turns=spans,
    voltage=st.sampled_from([110_000, 220_000, 500_000]),
    profile=st.sampled_from(["tower", "corridor"]),
)
def test_whatever_is_planned_is_proved_from_its_file_alone(tmp_path, turns, voltage, profile):
    course, drawn = 90.0, []
    for turn, length in turns:
        course += turn
        drawn.append((course, length))
    try:
        out = planned(tmp_path, towers=3, profile=profile, voltage=voltage, spans=tuple(drawn))
    except BadInput:
        return  # a short span with a sharp bend, a long one with tall towers: refused, never written
    try:
        prove(out)
    except typer.Exit as left:
        pytest.fail(f"planned, not proved: {left.exit_code}")


def test_measured_heights_are_used(tmp_path):
    rows = ["lat,lon,voltage,circuits,ground_m,height_m,kind"]
    from tests.scenarios.powerline.decide.drawn import coordinates

    rows += [f"{lat},{lon},220000,2,{50 + 4 * n},42,直线" for n, (lon, lat) in enumerate(coordinates())]
    table = tmp_path / "towers.csv"
    table.write_text("\n".join(rows), "utf-8")
    out = tmp_path / "out.plan"
    plan(table, 5, "tower", out)
    made = json.loads(out.read_text("utf-8"))
    heights = made["mumian"]["heights"]
    assert heights["home_amsl_m"] == 50 and made["mission"]["plannedHomePosition"][2] == 50
    assert [t["ground_m"] for t in heights["towers"]] == [0, 4, 8, 12, 16]
    assert math.isclose(heights["towers"][4]["top_m"], 16 + 42)
    takeoff = made["mission"]["items"][0]
    assert takeoff["AMSLAltAboveTerrain"] == pytest.approx(50 + takeoff["Altitude"])
    prove(out)
