"""Other formats say the same as the plan, to readers that are not ours."""

from __future__ import annotations

import json
import math
import zipfile

import pytest
from tests.scenarios.powerline.decide.drawn import write

from mumian.scenarios.powerline.decide.commands import plan

W = "{http://www.dji.com/wpmz/1.0.2}"
K = "{http://www.opengis.net/kml/2.2}"


@pytest.fixture(scope="module", params=["tower", "corridor"])
def folder(request, tmp_path_factory):
    made = tmp_path_factory.mktemp("formats")
    line = write(made / "line.geojson")
    for format in ("plan", "wpl", "kmz", "geojson"):
        plan(line, 4, request.param, made / f"out.{format}", format=format)
    return made


def items(folder):
    return json.loads((folder / "out.plan").read_text("utf-8"))["mission"]


def test_pymavlink_reads_the_wpl(folder):
    mavwp = pytest.importorskip("pymavlink.mavwp")
    loader = mavwp.MAVWPLoader()
    mission = items(folder)
    assert loader.load(str(folder / "out.wpl")) == len(mission["items"]) + 1
    home = loader.wp(0)
    assert (home.x, home.y) == pytest.approx(tuple(mission["plannedHomePosition"][:2]), abs=1e-8)
    for n, item in enumerate(mission["items"], 1):
        wp = loader.wp(n)
        assert (wp.seq, wp.command, wp.frame, wp.autocontinue) == (n, item["command"], item["frame"], 1)
        assert [wp.param1, wp.param2, wp.param3, wp.param4, wp.x, wp.y, wp.z] == pytest.approx(
            item["params"], abs=1e-6
        )


def test_the_kmz_has_the_parts_of_wpml(folder):
    etree = pytest.importorskip("defusedxml.ElementTree")
    with zipfile.ZipFile(folder / "out.kmz") as kmz:
        assert kmz.namelist() == ["wpmz/template.kml", "wpmz/waylines.wpml"]
        template, waylines = (etree.fromstring(kmz.read(name)) for name in kmz.namelist())
    for root in (template, waylines):
        config = root.find(f"{K}Document/{W}missionConfig")
        for name in (
            "flyToWaylineMode",
            "finishAction",
            "exitOnRCLost",
            "takeOffSecurityHeight",
            "globalTransitionalSpeed",
            "droneInfo",
            "payloadInfo",
        ):
            assert config.find(f"{W}{name}") is not None
        marks = root.findall(f"{K}Document/{K}Folder/{K}Placemark")
        assert [int(mark.findtext(f"{W}index")) for mark in marks] == list(range(len(marks)))
    folder_element = waylines.find(f"{K}Document/{K}Folder")
    assert folder_element.findtext(f"{W}executeHeightMode") == "relativeToStartPoint"
    assert template.find(f"{K}Document/{K}Folder").findtext(f"{W}templateType") == "waypoint"


def test_the_kmz_flies_the_same_places_and_takes_the_same_photographs(folder):
    etree = pytest.importorskip("defusedxml.ElementTree")
    with zipfile.ZipFile(folder / "out.kmz") as kmz:
        waylines = etree.fromstring(kmz.read("wpmz/waylines.wpml"))
    marks = waylines.findall(f"{K}Document/{K}Folder/{K}Placemark")
    mission = items(folder)["items"]
    flown = [i["params"][4:] for i in mission if i["command"] in (16, 22)]
    for mark in marks:
        lon, lat = map(float, mark.findtext(f"{K}Point/{K}coordinates").split(","))
        height = float(mark.findtext(f"{W}executeHeight"))
        assert any(math.dist((lat, lon, height / 1e5), (a, b, h / 1e5)) < 1e-6 for a, b, h in flown)
    takes = [a.text for a in waylines.iter(f"{W}actionActuatorFunc")].count("takePhoto")
    assert takes == sum(i["command"] == 2000 or (i["command"] == 206 and i["params"][0] > 0) for i in mission)
    ids = [int(g.text) for g in waylines.iter(f"{W}actionGroupId")]
    assert ids == list(range(len(ids)))


def test_the_same_plan_gives_the_same_bytes(folder, tmp_path):
    again = tmp_path / "again.kmz"
    profile = items(folder) and json.loads((folder / "out.plan").read_text("utf-8"))["mumian"]["profile"]
    plan(folder / "line.geojson", 4, profile, again, format="kmz")
    assert again.read_bytes() == (folder / "out.kmz").read_bytes()


def test_the_geojson_shows_path_photographs_towers_and_fence(folder):
    drawn = json.loads((folder / "out.geojson").read_text("utf-8"))
    roles = [feature["properties"]["role"] for feature in drawn["features"]]
    assert drawn["type"] == "FeatureCollection" and drawn["assumed"]
    assert {"path", "tower", "home", "fence", "rally"} <= set(roles)
    assert roles.count("tower") == 4
    assert roles.count("photo") == sum(i["command"] == 2000 for i in items(folder)["items"])
    path = drawn["features"][0]
    assert len(path["geometry"]["coordinates"]) == len(path["properties"]["height_above_home_m"])
    lon, lat = path["geometry"]["coordinates"][0]
    assert (lat, lon) == pytest.approx(tuple(items(folder)["plannedHomePosition"][:2]), abs=1e-6)
