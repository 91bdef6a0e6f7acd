"""Lines from GeoJSON, KML and CSV: what is read, what is derived and said so, what is refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scenarios.powerline.decide.drawn import coordinates, feature, write

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import Wgs84, distance_m, gcj02_of
from mumian.scenarios.powerline.observe.lines import listed, read, read_bytes

KML = """<?xml version="1.0" encoding="UTF-8"?>
{doctype}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>甲线</name>
<ExtendedData><Data name="voltage"><value>220000</value></Data><Data name="circuits"><value>1</value></Data></ExtendedData>
<LineString>{mode}<coordinates>{coordinates}</coordinates></LineString></Placemark></Document></kml>"""


def kml(tmp_path, doctype="", mode="", drawn=None):
    drawn = drawn or " ".join(f"{lon},{lat},{n}" for n, (lon, lat) in enumerate(coordinates()))
    file = tmp_path / "line.kml"
    file.write_text(KML.format(doctype=doctype, mode=mode, coordinates=drawn), "utf-8")
    return file


def test_a_geojson_line_keeps_its_vertices_as_towers(tmp_path):
    line = read(write(tmp_path / "line.geojson"))
    assert (line.id, line.voltage_kv, line.circuits, len(line.towers)) == ("7", 220, 2, 11)
    assert [t.number for t in line.towers] == list(range(1, 12))
    assert (line.towers[3].at.lon_deg, line.towers[3].at.lat_deg) == tuple(coordinates()[3])
    assert line.towers[0].kind == line.towers[-1].kind == "strain" and line.towers[2].kind == "tangent"
    assert line.towers[3].kind == "strain" and line.towers[0].ground_m is None
    assert any("every vertex is taken for a tower" in one for one in line.assumed)
    assert [round(span.length_m) for span in line.spans][:3] == [90, 210, 340]


@pytest.mark.parametrize(
    ("written", "kv"), [("132000", 132), ("275000;132000", 275), (500000, 500), ("33000", 33)]
)
def test_voltage_is_text_in_volts_and_the_highest_counts(tmp_path, written, kv):
    one = feature()
    one["properties"]["voltage"] = written
    file = tmp_path / "line.geojson"
    file.write_text(json.dumps(one), "utf-8")
    assert read(file).voltage_kv == kv


def test_a_vertex_drawn_twice_is_one_tower_and_numbers_stay(tmp_path):
    one = feature()
    one["geometry"]["coordinates"].insert(3, one["geometry"]["coordinates"][2])
    file = tmp_path / "line.geojson"
    file.write_text(json.dumps(one), "utf-8")
    assert [t.number for t in read(file).towers] == [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]


def test_kml_reads_the_line_its_tags_and_absolute_ground(tmp_path):
    line = read(kml(tmp_path, mode="<altitudeMode>absolute</altitudeMode>"))
    assert (line.name, line.voltage_kv, line.circuits, len(line.towers)) == ("甲线", 220, 1, 11)
    assert [t.ground_m for t in line.towers] == list(range(11))
    assert read(kml(tmp_path)).towers[5].ground_m is None


def test_csv_reads_a_tower_table_in_chinese(tmp_path):
    rows = ["线路名称,电压等级,回路数,经度,纬度,杆塔类型,地面高程,全高"]
    rows += [
        f"乙线,220,2,{lon},{lat},{'耐张' if n == 4 else '直线'},{10 + n},45"
        for n, (lon, lat) in enumerate(coordinates())
    ]
    file = tmp_path / "towers.csv"
    file.write_text("\n".join(rows), "utf-8-sig")
    line = read(file)
    assert (line.name, line.voltage_kv, line.circuits) == ("乙线", 220, 2)
    assert [t.kind for t in line.towers][3:6] == ["tangent", "strain", "tangent"]
    assert line.towers[2].ground_m == 12 and line.towers[2].height_m == 45
    assert not any("ground" in one for one in line.assumed)


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02"])
def test_the_datum_is_named_and_undone(tmp_path, datum):
    drawn = coordinates()
    if datum == "gcj02":
        shifted = [gcj02_of(Wgs84(lat, lon)) for lon, lat in drawn]
        drawn = [[at.lon_deg, at.lat_deg] for at in shifted]
    one = feature()
    one["geometry"]["coordinates"] = drawn
    file = tmp_path / "line.geojson"
    file.write_text(json.dumps(one), "utf-8")
    for tower, (lon, lat) in zip(read(file, datum).towers, coordinates(), strict=True):
        assert distance_m(tower.at, Wgs84(lat, lon)) < 0.01


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda f: f["properties"].pop("voltage"), "voltage is None"),
        (lambda f: f["properties"].update(voltage="high"), "voltage is 'high'"),
        (lambda f: f["properties"].update(voltage="132"), "in volts"),
        (lambda f: f["geometry"].update(type="Point"), "is a Point"),
        (lambda f: f.update(geometry=None), "is a None"),
        (lambda f: f["geometry"].update(coordinates=[[113, 23]]), "fewer than two"),
        (lambda f: f["geometry"].update(coordinates=[[113, 23], [113, 95]]), "longitude first"),
        (lambda f: f["geometry"].update(coordinates=[[113, 23], [113, None]]), "vertex 2"),
        (lambda f: f["geometry"].update(coordinates=[[113, 23], [113, float("nan")]]), "vertex 2"),
        (lambda f: f["geometry"].update(coordinates=[[113, 23], 5]), "vertex 2"),
        (lambda f: f["geometry"].update(coordinates=7), "no coordinates"),
        (lambda f: f["geometry"].update(coordinates=[[113, 23], [113, 10**400]]), "vertex 2"),
        (lambda f: f["properties"].update(voltage="-110000"), "in volts"),
        (lambda f: f["properties"].update(name="x" * 201), "201 characters long"),
        (lambda f: f["properties"].update(name="甲\u202e线"), "nobody sees"),
        (lambda f: f["properties"].update(id="\ud800"), "nobody sees"),
        (
            lambda f: f.update(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}),
            "in degrees",
        ),
    ],
)
def test_what_is_no_line_is_refused(tmp_path, edit, said):
    one = feature()
    edit(one)
    file = tmp_path / "line.geojson"
    file.write_text(json.dumps(one), "utf-8")
    with pytest.raises(BadInput, match=said):
        read(file)


ENTITY = '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
LAUGHS = '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("doctype", [ENTITY, LAUGHS, '<!DOCTYPE kml SYSTEM "http://127.0.0.1:9/x.dtd">'])
def test_kml_with_entities_is_refused(tmp_path, doctype):
    with pytest.raises(BadInput, match="without DTD"):
        read(kml(tmp_path, doctype, drawn="&x;113,23 113.01,23"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", "lat,lon\n"),
        ("x.csv", "breite,laenge\n1,2\n"),
        ("x.csv", "lat,lon,voltage\n23,113,220000\nx,113.1,\n"),
        ("x.csv", "lat,lon,voltage,kind\n23,113,220000,pole\n23.1,113,,\n"),
        ("x.kml", "<kml/>"),
        ("x.kml", "no xml"),
        ("x.geojson", "{"),
        ("x.geojson", "[]"),
        ("x.geojson", '{"features": []}'),
        ("x.shp", ""),
    ],
)
def test_files_that_hold_no_line(tmp_path, name, content):
    file = tmp_path / name
    file.write_text(content, "utf-8")
    with pytest.raises(BadInput):
        read(file)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadInput, match="Name a file that is there"):
        read(tmp_path / "none.geojson")


@given(
    content=st.binary(max_size=300),
    suffix=st.sampled_from([".geojson", ".kml", ".csv"]),
    cut=st.integers(0, 2000),
)
def test_noise_and_cut_files_are_bad_input_and_nothing_else(tmp_path_factory, content, suffix, cut):
    folder = tmp_path_factory.mktemp("noise")
    whole = {
        ".geojson": json.dumps(feature()),
        ".kml": KML.format(doctype="", mode="", coordinates="113,23 113.01,23.01"),
        ".csv": "lat,lon,voltage\n23,113,220000\n23.1,113.1,\n",
    }[suffix].encode()
    for n, raw in enumerate((content, whole[:cut], whole[:cut] + content + whole[cut:])):
        file = folder / f"{n}{suffix}"
        file.write_bytes(raw)
        with contextlib.suppress(BadInput):
            assert len(read(file).towers) >= 2


def test_a_table_without_a_name_goes_by_its_files_name(tmp_path):
    file = tmp_path / "流溪甲线.csv"
    rows = "".join(f"{lat},{lon},220000\n" for lon, lat in coordinates())
    file.write_text("lat,lon,voltage\n" + rows, "utf-8")
    assert read(file).name == "流溪甲线"


def test_a_file_of_several_lines_lists_them_and_gives_each_by_its_number():
    one, other = feature(), feature()
    other["properties"] = {"name": "乙线", "voltage": "none told"}
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [0, 0]}}
    raw = json.dumps({"type": "FeatureCollection", "features": [one, point, other, {}]}).encode()
    found = listed(raw, "a.geojson")
    assert [(o.ordinal, o.name, o.voltage_kv, o.towers) for o in found] == [(1, "line 7", 220, 11), (3, "乙线", None, 11)]  # fmt: skip
    assert read_bytes(raw, "a.geojson").id == "7"
    for ordinal in (2, 3, 4, 5, 0):  # no line, no voltage, nothing, not there
        with pytest.raises(BadInput):
            read_bytes(raw, "a.geojson", ordinal=ordinal)


def test_a_kml_of_two_lines_gives_the_second_too():
    drawn = " ".join(f"{lon},{lat}" for lon, lat in coordinates())
    placemark = KML[KML.index("<Placemark>") : KML.index("</Document>")].format(mode="", coordinates=drawn)
    raw = f"<kml><Document>{placemark}{placemark.replace('甲', '乙')}</Document></kml>".encode()
    assert [one.name for one in listed(raw, "a.kml")] == ["甲线", "乙线"]
    assert read_bytes(raw, "a.kml", ordinal=2).name == "乙线"
    with pytest.raises(BadInput):
        read_bytes(raw, "a.kml", ordinal=3)
