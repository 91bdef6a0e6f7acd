"""`prove`: every way in which a plan can be made unsafe is found, with the item, the rule and the metres."""

from __future__ import annotations

import contextlib
import copy
import json

import pytest
import typer
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from tests.scenarios.powerline.decide.drawn import write

from mumian.core.kernel import dsse
from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.decide.commands import plan, prove


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("prove")
    line = write(made / "line.geojson")
    for profile in ("tower", "corridor"):
        plan(line, 5, profile, made / f"{profile}.plan")
    return made


@pytest.fixture
def judged(folder, tmp_path, capsys):
    """Edits a good plan, proves it, and returns (exit code, report)."""

    def judge(edit, profile="tower", **kw):
        changed = copy.deepcopy(json.loads((folder / f"{profile}.plan").read_text("utf-8")))
        edit(changed)
        file = tmp_path / "edited.plan"
        file.write_text(json.dumps(changed), "utf-8")
        code = 0
        try:
            prove(file, as_json=True, **kw)
        except typer.Exit as left:
            code = left.exit_code
        return code, json.loads(capsys.readouterr().out)

    return judge


def shooting(plan_json, n=5):
    """The n-th waypoint at which a photograph is taken."""
    items = plan_json["mission"]["items"]
    photos = [k for k, item in enumerate(items) if item["command"] == 2000]
    return items[photos[n] - 1]


def tower(plan_json, number):
    return next(t for t in plan_json["mumian"]["line"]["towers"] if t["number"] == number)


def heights(plan_json, number):
    return next(t for t in plan_json["mumian"]["heights"]["towers"] if t["number"] == number)


def place(item, lat=None, lon=None, height=None):
    if lat is not None:
        item["params"][4:6] = [lat, lon]
    if height is not None:
        item["params"][6] = item["Altitude"] = height


def first(report):
    one = report["violations"][0]
    return one["doJumpId"], one["rule"], one["metres"]


def rules(report, jump_id):
    return {v["rule"]: v["metres"] for v in report["violations"] if v["doJumpId"] == jump_id}


@pytest.mark.parametrize("profile", ["tower", "corridor"])
def test_an_untouched_plan_is_proved_with_a_certificate(judged, profile):
    code, report = judged(lambda _: None, profile)
    assert code == 0 and report["verdict"] == "proved" and report["certificate_in_file"] == "fits"
    certificate = report["certificate"]
    assert certificate["_type"] == "https://in-toto.io/Statement/v1"
    assert certificate["subject"][0]["digest"]["sha256"] == report["sha256"]
    worst = certificate["predicate"]["worst"]
    assert worst["conductor-distance"] >= certificate["predicate"]["required_m"] == 8.0
    assert worst["ceiling"] <= 120


def test_the_same_plan_gives_the_same_certificate(judged):
    assert judged(lambda _: None)[1] == judged(lambda _: None)[1]


def test_a_plan_is_signed_and_a_signature_that_no_longer_holds_is_told_and_is_no_verdict(
    judged, monkeypatch, tmp_path
):
    code, report = judged(lambda _: None)
    assert (code, report["signature_in_file"], report["signed_by_own_key"]) == (0, "holds", True)
    envelope = report["signature"]
    key = load_pem_public_key(envelope["publicKey"].encode())
    assert json.loads(dsse.verify(envelope, envelope["payloadType"], key)) == report["certificate"]
    assert envelope["signatures"][0]["keyid"] == report["signed_by"]

    def praised(p):
        p["mumian"]["certificate"]["predicate"]["worst"]["conductor-distance"] = 50

    code, report = judged(praised)
    assert (code, report["certificate_in_file"], report["signature_in_file"]) == (0, "fits", "does not hold")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another person"))
    code, report = judged(lambda _: None)
    assert (code, report["signature_in_file"], report["signed_by_own_key"]) == (0, "holds", False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/proc/nowhere")
    code, report = judged(lambda p: p["mumian"].pop("signature"))
    assert (code, report["signature_in_file"], report["signature"]) == (0, "none", None)


@pytest.mark.parametrize(
    "junk", [7, {}, {"publicKey": "x"}, {"publicKey": None, "payload": "%"}, [1], "y" * 10]
)
def test_junk_for_a_signature_does_not_hold(judged, junk):
    code, report = judged(lambda p: p["mumian"].update(signature=junk))
    assert (code, report["signature_in_file"]) == (0, "does not hold")


def test_a_home_signs_with_its_own_key(judged, monkeypatch, tmp_path):
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("MUMIAN_HOME", str(tmp_path / "home"))
    assert judged(lambda _: None)[1]["signed_by_own_key"] is False
    assert (tmp_path / "home" / "keys" / "plans.pem").stat().st_mode & 0o077 == 0


def test_a_waypoint_in_a_span_is_in_the_conductors(judged):
    def edit(p):
        item, a, b = shooting(p), tower(p, 2), tower(p, 3)
        place(item, (a["lat"] + b["lat"]) / 2, (a["lon"] + b["lon"]) / 2, heights(p, 2)["arms_m"][1] - 4)

    code, report = judged(edit)
    jump_id, rule, metres = first(report)
    assert (code, rule) == (1, "conductor-distance") and 0 < metres <= 8.0
    assert "under-conductors" in rules(report, jump_id)
    assert report["certificate"] is None and report["certificate_in_file"] == "does not fit"


def test_a_waypoint_in_a_tower_names_the_tower(judged):
    def edit(p):
        place(shooting(p), tower(p, 2)["lat"], tower(p, 2)["lon"], heights(p, 2)["arms_m"][0])

    _, report = judged(edit)
    assert rules(report, first(report)[0])["tower-distance"] == 8.0


def test_crossing_low_under_the_conductors_is_found(judged):
    def edit(p):
        item, a, b = shooting(p), tower(p, 3), tower(p, 4)
        place(item, (a["lat"] + b["lat"]) / 2, (a["lon"] + b["lon"]) / 2, 5.5)

    _, report = judged(edit)
    assert "under-conductors" in rules(report, first(report)[0])


@pytest.mark.parametrize(("height", "metres"), [(130.0, 10.0), (120.5, 0.5)])
def test_above_the_ceiling_the_metres_are_the_excess(judged, height, metres):
    code, report = judged(lambda p: place(shooting(p), height=height))
    jump_id = first(report)[0]
    assert code == 1 and rules(report, jump_id)["ceiling"] == pytest.approx(metres, abs=0.01)
    assert report["violations"][0]["clause"]["id"].startswith("无人驾驶航空器")


@pytest.mark.parametrize("height", [1.0, -5.0])
def test_below_the_floor(judged, height):
    _, report = judged(lambda p: place(shooting(p), height=height))
    assert rules(report, first(report)[0])["floor"] == pytest.approx(5.0 - height, abs=0.01)


def test_the_item_is_named_by_its_do_jump_id(judged):
    def edit(p):
        item = shooting(p)
        item["doJumpId"] = 777
        place(item, height=140.0)

    assert first(judged(edit)[1])[:2] == (777, "ceiling")


def test_two_heights_that_differ_are_not_guessed_at(judged):
    def edit(p):
        shooting(p)["Altitude"] += 30

    code, report = judged(edit)
    assert code == 1 and first(report)[1:] == ("height-reference", 30.0)


@pytest.mark.parametrize("frame", [0, 1, 2, 5, 10, 11, 99])
def test_other_frames_are_refused(judged, frame):
    def edit(p):
        shooting(p)["frame"] = frame

    code, report = judged(edit)
    assert code == 1 and first(report)[1] == "height-reference"


def test_frame_6_is_the_same_height(judged):
    def edit(p):
        shooting(p)["frame"] = 6

    assert judged(edit)[0] == 0


def shrink(by):
    def edit(p):
        corners = p["geoFence"]["polygons"][0]["polygon"]
        middle = [sum(c[n] for c in corners) / len(corners) for n in (0, 1)]
        p["geoFence"]["polygons"][0]["polygon"] = [
            [m + (c - m) * by for c, m in zip(corner, middle, strict=True)] for corner in corners
        ]

    return edit


@pytest.mark.parametrize("by", [0.5, 0.9])
def test_a_shrunken_fence_is_left(judged, by):
    code, report = judged(shrink(by))
    assert code == 1 and first(report)[1] == "fence" and first(report)[2] > 2
    assert {v["rule"] for v in report["violations"]} <= {"fence", "rally"}


@pytest.mark.parametrize("edit", [lambda p: p["geoFence"].update(polygons=[]), lambda p: p.pop("geoFence")])
def test_a_plan_without_a_fence_is_refused(judged, edit):
    code, report = judged(edit)
    assert code == 1 and first(report) == (1, "fence-present", None)


def test_circles_count_too(judged):
    def exclude(p):
        circle = {"center": shooting(p)["params"][4:6], "radius": 10}
        p["geoFence"]["circles"].append({"circle": circle, "inclusion": False, "version": 1})

    _, report = judged(exclude)
    assert {v["rule"] for v in report["violations"]} == {"fence"}
    assert max(v["metres"] for v in report["violations"]) == pytest.approx(12.0, abs=0.05)
    # The circle that an ArduPilot has around home unless told otherwise.
    code, report = judged(lambda _: None, fence_radius_m=150.0)
    assert code == 1 and first(report)[1] == "fence"


def strip(*commands):
    def edit(p):
        p["mission"]["items"] = [i for i in p["mission"]["items"] if i["command"] not in commands]

    return edit


def test_without_photographs_nothing_is_inspected(judged):
    code, report = judged(strip(2000))
    assert code == 1 and len(report["violations"]) == 45
    assert {v["rule"] for v in report["violations"]} == {"shots"}


@pytest.mark.parametrize("renumber", [False, True])
def test_one_missing_photograph_names_its_waypoint(judged, renumber):
    named = []

    def edit(p):
        items = p["mission"]["items"]
        named.append(shooting(p, 12)["doJumpId"])
        items.remove([i for i in items if i["command"] == 2000][12])
        if renumber:
            for n, item in enumerate(items, 1):
                item["doJumpId"] = n

    _, report = judged(edit)
    assert [(v["doJumpId"], v["rule"]) for v in report["violations"]] == [(named[0], "shots")]


def test_a_camera_that_looks_elsewhere_takes_nothing(judged):
    _, report = judged(strip(201))
    assert len(report["violations"]) == 45


@pytest.mark.parametrize("edit", [strip(206), strip(205)])
def test_a_corridor_without_trigger_or_aim_is_uncovered(judged, edit):
    code, report = judged(edit, "corridor")
    assert code == 1 and {v["rule"] for v in report["violations"]} == {"coverage"}
    assert sum(v["metres"] for v in report["violations"]) > 500


def test_too_few_corridor_photographs(judged):
    def edit(p):
        for item in p["mission"]["items"]:
            if item["command"] == 206 and item["params"][0]:
                item["params"][0] = 60
                return

    _, report = judged(edit, "corridor")
    assert [v["rule"] for v in report["violations"]] == ["coverage"]


def test_what_is_no_simple_item_cannot_be_proved(judged):
    def edit(p):
        p["mission"]["items"].insert(3, {"type": "ComplexItem", "complexItemType": "survey"})

    code, report = judged(edit)
    assert code == 1 and first(report) == (4, "simple-items", None)


@pytest.mark.parametrize("command", [82, 177, 192, 207, 179, 94, 31000])
def test_commands_with_an_unknown_path_are_refused(judged, command):
    def edit(p):
        item = {
            "type": "SimpleItem",
            "autoContinue": True,
            "command": command,
            "doJumpId": 900,
            "frame": 2,
            "params": [0] * 7,
        }
        p["mission"]["items"].insert(20, item)

    code, report = judged(edit)
    assert code == 1 and first(report)[:2] == (900, "command")


def test_a_plan_that_ends_in_the_air(judged):
    assert first(judged(strip(20))[1])[1] == "command"


def test_a_plan_that_flies_on_after_landing(judged):
    def edit(p):
        p["mission"]["items"].append({**shooting(p), "doJumpId": 901})

    assert (901, "command") in {(v["doJumpId"], v["rule"]) for v in judged(edit)[1]["violations"]}


def test_a_waypoint_on_another_continent(judged):
    code, report = judged(lambda p: place(shooting(p), 48.1, 11.5))
    jump_id = first(report)[0]
    assert code == 1 and rules(report, jump_id)["fence"] > 8e6


def test_a_moved_home_leaves_the_fence(judged):
    def edit(p):
        p["mission"]["plannedHomePosition"][0] += 0.01

    assert first(judged(edit)[1])[:2] == (1, "fence")


def test_a_rally_point_below_the_line(judged):
    def edit(p):
        p["rallyPoints"]["points"][0][:2] = [tower(p, 2)["lat"], tower(p, 2)["lon"]]

    assert first(judged(edit)[1])[1] == "rally"


def test_a_return_too_low(judged):
    def edit(p):
        p["mumian"]["return_height_m"] = 20.0

    assert "return-height" in {v["rule"] for v in judged(edit)[1]["violations"]}


def test_a_weaker_battery(judged):
    def edit(p):
        p["mumian"]["rules"]["vehicle"]["battery_wh"] = 120.0

    code, report = judged(edit)
    assert code == 1 and first(report)[1] == "energy" and first(report)[2] > 0


def test_a_plan_is_never_laxer_than_the_pack(judged):
    def edit(p):
        p["mumian"]["rules"]["structure"]["standoff_m"] = 0.0
        p["mumian"]["rules"]["limits"]["ceiling_m"] = 500.0
        place(shooting(p), height=150.0)

    code, report = judged(edit)
    assert code == 1 and rules(report, first(report)[0])["ceiling"] == pytest.approx(30.0, abs=0.01)
    assert sum("laxer" in note for note in report["notes"]) == 2


def test_a_harmless_change_is_proved_anew_and_the_old_certificate_told(judged):
    code, report = judged(lambda p: place(shooting(p), height=shooting(p)["Altitude"] + 0.3))
    assert (code, report["certificate_in_file"]) == (0, "does not fit")
    assert report["certificate"]["subject"][0]["digest"]["sha256"] == report["sha256"]


def test_the_line_on_the_map_holds_against_the_line_in_the_file(judged, folder, tmp_path):
    assert judged(lambda _: None, line=folder / "line.geojson")[0] == 0
    higher = write(tmp_path / "higher.geojson", voltage=500_000)
    code, report = judged(lambda _: None, line=higher)
    assert code == 1 and any("500 kV" in note for note in report["notes"])
    assert {"conductor-distance", "tower-distance"} & {v["rule"] for v in report["violations"]}


def test_a_plan_made_elsewhere_needs_the_line(judged, folder):
    with pytest.raises(BadInput, match="--line"):
        judged(lambda p: p.pop("mumian"))
    code, report = judged(lambda p: p.pop("mumian"), line=folder / "line.geojson")
    assert (code, report["certificate_in_file"]) == (0, "none")
    assert any("not made here" in note for note in report["notes"])


def params(n, value):
    def edit(p):
        shooting(p)["params"][n] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (params(4, float("nan")), r"doJumpId 26: params\[4\] is nan"),
        (params(6, float("inf")), r"doJumpId 26: params\[6\] is inf"),
        (params(5, None), "doJumpId 26: latitude or longitude is missing"),
        (params(6, None), "doJumpId 26: the height is missing"),
        (params(4, 95.0), "doJumpId 26: latitude 95"),
        (params(4, "23"), r"doJumpId 26: params\[4\]"),
        (lambda p: shooting(p).update(params=[0] * 6), "seven numbers"),
        (lambda p: shooting(p).update(command="16"), "command"),
        (lambda p: p.update(fileType="Mission"), "fileType"),
        (lambda p: p["mission"].update(items=[]), "at least one item"),
        (lambda p: p["mission"].update(items=[5]), "item 1 is no object"),
        (lambda p: p["mission"].pop("plannedHomePosition"), "plannedHomePosition"),
        (lambda p: p["mission"].update(hoverSpeed=0), "hoverSpeed"),
        (lambda p: p["geoFence"]["polygons"][0].update(polygon=[[0, 0]]), "three corners"),
        (
            lambda p: p["geoFence"]["polygons"][0].update(polygon=[[0, 0], [1, 1], [1, 0], [0, 1]]),
            "edges cross",
        ),
        (lambda p: p["geoFence"].update(circles=[{}]), "center and radius"),
        (lambda p: p["mumian"]["line"].update(towers=[]), "at least two"),
        (lambda p: p["mumian"]["line"]["towers"].pop(0), "for towers 1 to 5"),
        (lambda p: p["mumian"].update(towers=[3, 1]), "for towers 3 to 1"),
        (lambda p: p["mumian"].pop("rules"), "rules"),
        (lambda p: p["mumian"]["rules"]["limits"].update(gnss_m=float("nan")), "gnss_m"),
        (lambda p: p["mumian"]["rules"]["camera"].update(focal_mm=0), "focal_mm"),
        (lambda p: p["mumian"]["rules"]["limits"].update(reserve=1.0), "reserve"),
        (lambda p: p["mumian"]["line"]["towers"][1].update(tower(p, 1), number=2), "coordinates"),
    ],
)
def test_what_cannot_be_read_is_bad_input_with_the_item_named(judged, edit, said):
    with pytest.raises(BadInput, match=said):
        judged(edit)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"fileType": "Plan"}', b"[" * 100_000])
def test_files_that_are_no_plan(tmp_path, content):
    file = tmp_path / "x.plan"
    file.write_bytes(content)
    with pytest.raises(BadInput):
        prove(file)
    with pytest.raises(BadInput):
        prove(tmp_path / "missing.plan")


def test_the_words_name_item_rule_and_metres(folder, tmp_path, capsys):
    made = json.loads((folder / "tower.plan").read_text("utf-8"))
    place(shooting(made), height=131.0)
    file = tmp_path / "high.plan"
    file.write_text(json.dumps(made), "utf-8")
    with pytest.raises(typer.Exit):
        prove(file)
    said = capsys.readouterr().out
    assert "item doJumpId 26: ceiling, 11.00 m missing" in said and "does not fit" in said
    assert said.startswith("high.plan: violated")


def leaves(table, path=()):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield (*path, key)


@pytest.mark.slow
@pytest.mark.parametrize("value", [0, -1, 1e-9, 1e9])
def test_no_figure_of_the_rules_can_crash_the_proof(folder, judged, value, capsys):
    made = json.loads((folder / "tower.plan").read_text("utf-8"))
    for path in leaves(made["mumian"]["rules"]):

        def edit(p, path=path):
            table = p["mumian"]["rules"]
            for key in path[:-1]:
                table = table[key]
            table[path[-1]] = value

        with contextlib.suppress(BadInput):
            assert judged(edit)[0] in (0, 1), path
        capsys.readouterr()


def put_before(plan_json, command, params, at=2000, frame=2):
    """Insert an item before each one of command `at`."""
    items = plan_json["mission"]["items"]
    for n in reversed([k for k, item in enumerate(items) if item["command"] == at]):
        new = {
            "autoContinue": True,
            "command": command,
            "doJumpId": 10_000 + n,
            "frame": frame,
            "params": params,
            "type": "SimpleItem",
        }
        items.insert(n, new)


def set_in(command, position, value):
    def edit(p):
        for item in p["mission"]["items"]:
            if item["command"] == command:
                item["params"][position] = value

    return edit


def of(command, key, value):
    def edit(p):
        for item in p["mission"]["items"]:
            if item["command"] == command:
                item[key] = value

    return edit


def in_px4(edit):
    def both(p):
        p["mission"]["firmwareType"] = 12
        edit(p)

    return both


def first_takeoff(p, **changed):
    item = p["mission"]["items"][0]
    assert item["command"] == 22
    place(item, **changed)


@pytest.mark.parametrize(
    ("rule", "edit"),
    [
        ("command", in_px4(set_in(16, 1, 200))),  # acceptance radius: corners are cut
        ("command", set_in(16, 2, 100)),
        ("command", lambda p: put_before(p, 112, [60, 0, 0, 0, 0, 0, 0])),  # photographs somewhere on the way
        ("command", lambda p: put_before(p, 93, [-1, 23, 59, 0, 0, 0, 0])),
        ("command", set_in(178, 1, 1e6)),
        ("command", set_in(178, 0, 2)),
        ("command", set_in(201, 0, 1)),
        ("command", of(16, "autoContinue", False)),
        ("command", lambda p: p["mission"]["items"].pop(0)),
        ("command", lambda p: shooting(p).update(command=22)),
        ("command", in_px4(lambda p: first_takeoff(p, lat=tower(p, 3)["lat"], lon=tower(p, 3)["lon"]))),
        ("command", lambda p: shooting(p).update(doJumpId=shooting(p, 6)["doJumpId"])),
        ("height-reference", of(201, "frame", 10)),
        ("height-reference", of(201, "Altitude", 500)),
        ("shots", lambda p: put_before(p, 197, [0] * 7)),
        ("shots", lambda p: put_before(p, 204, [0, 0, 0, 0, 0, 0, 0])),
        ("shots", lambda p: put_before(p, 530, [0, 1, 0, 0, 0, 0, 0])),
        ("floor", lambda p: first_takeoff(p, height=0.5)),
        ("rally", lambda p: p["rallyPoints"]["points"][0].__setitem__(2, 5)),
    ],
)  # fmt: skip
def test_what_a_parameter_changes_is_judged(judged, rule, edit):
    code, report = judged(edit)
    assert code == 1 and rule in {v["rule"] for v in report["violations"]}


@pytest.mark.parametrize(
    "edit",
    [
        set_in(178, 1, 25.0),  # faster than the camera
        lambda p: put_before(p, 115, [180, 30, 1, 1, 0, 0, 0], at=206),  # the nose is turned
        in_px4(set_in(16, 3, 0.0)),
        set_in(205, 6, 0),  # the gimbal is put away
        lambda p: put_before(p, 530, [0, 1, 0, 0, 0, 0, 0], at=206),
    ],
)
def test_what_a_corridor_flight_no_longer_sees_is_a_gap(judged, edit):
    code, report = judged(edit, "corridor")
    assert code == 1 and {v["rule"] for v in report["violations"]} == {"coverage"}


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: p["geoFence"]["polygons"][0].update(inclusion=1),
        lambda p: p["geoFence"]["circles"].append({"circle": {"center": [23.5, 113.6], "radius": -5}, "inclusion": False}),
        lambda p: shooting(p)["params"].__setitem__(6, 10**400),
        lambda p: p["mumian"].update(return_height_m=10**400),
        lambda p: p["mumian"]["rules"]["structure"].update(standoff_m=10**400),
        lambda p: p["mumian"].update(towers=[1, 10**400]),
        lambda p: shooting(p).update(doJumpId="22"),
        lambda p: p["mumian"]["line"].update(id="\ud800"),
        lambda p: p["mission"].update(items=p["mission"]["items"] * 200),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_as_unreadable(judged, edit):
    with pytest.raises(BadInput):
        judged(edit)
