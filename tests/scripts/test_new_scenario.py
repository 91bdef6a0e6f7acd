"""`make new-scenario`: an empty house passes everything at once, and a name that will not do writes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.scripts.checkout import ROOT, Checkout

from mumian.cli import checking
from mumian.cli.app import app

GUIDE = ROOT / "docs" / "adding-a-scenario.md"
SHORT, LONG = "qz", "q" + "z" * 23


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "copy")


BAD = {
    "": "make new-scenario NAME=tunnel",
    "class": "a keyword of Python",
    "Tunnel": "such as tunnel",
    "TUNNEL": "such as tunnel",
    "street-lamps": "such as streetlamps",
    "4x4": "such as x4",
    "Class": "lower-case",
    "../../etc": "such as etc",
    "x": "2 to 24",
    "q" * 25: "2 to 24",
    "隧道": "lower-case",
    "x; rm -rf .": "such as xrmrf",
    "two words": "such as twowords",
    "eldercare": "src/mumian/scenarios/eldercare is there already",
    "order": "a reserved word of PostgreSQL",
    "store": "a package of the platform",
    "web": "a package of the platform",
    "observe": "taken",
    "demo": "a command of `mumian`",
    "api": "an address of the web",
    "dist": "a folder that .gitignore leaves out",
}


def test_names_that_will_not_do_are_refused_and_write_nothing(checkout, capsys):
    scaffold, before = checkout.scaffold(), checkout.files()
    for name, mend in BAD.items():
        assert scaffold.main(["--", name]) == 2, name
        said = capsys.readouterr()
        assert mend in said.err and not said.out, (name, said.err)
    assert checkout.files() == before


@pytest.mark.parametrize(
    "title", ['a "quoted" one', "100 %", "<b>", "{{ x }}", "two\nlines", "x" * 41, "a`b", "a|b"]
)
def test_titles_that_would_mean_something_in_a_file_are_refused(checkout, capsys, title):
    before = checkout.files()
    assert checkout.scaffold().main([SHORT, "--en", title]) == 2
    assert "EN=" in capsys.readouterr().err
    assert checkout.files() == before


@pytest.mark.parametrize(
    "left", ["tests/scenarios/qz/test_old.py", "docs/scenarios/qz.md", "src/mumian/scenarios/qz/act.py"]
)
def test_what_is_left_of_an_old_house_is_not_overwritten(checkout, capsys, left):
    file = checkout.root / left
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("mine")
    before = checkout.files()
    assert checkout.scaffold().main([SHORT]) == 2
    assert "remove what is left of it first" in capsys.readouterr().err
    assert checkout.files() == before


@pytest.mark.parametrize("after", [0, 1, 12, 27])
def test_a_full_disk_leaves_nothing_behind(checkout, capsys, monkeypatch, after):
    scaffold, before = checkout.scaffold(), checkout.files()
    folders = {p for p in checkout.root.rglob("*") if p.is_dir()}
    write, count = Path.write_text, iter(range(1000))

    def full(self, *rest):
        if next(count) >= after:
            raise OSError(28, "No space left on device")
        return write(self, *rest)

    monkeypatch.setattr(Path, "write_text", full)
    assert scaffold.main([SHORT]) == 1
    assert "nothing was written" in capsys.readouterr().err
    assert checkout.files() == before
    assert {p for p in checkout.root.rglob("*") if p.is_dir()} == folders


@pytest.mark.parametrize(
    ("stand", "name", "wanted"),
    [
        (["eldercare"], "powerline", ["powerline", "eldercare"]),
        (["powerline", "eldercare"], "rail", ["powerline", "rail", "eldercare"]),
        (["eldercare"], "tunnel", ["eldercare", "tunnel"]),
        (["eldercare", "tunnel"], "bank", ["bank", "eldercare", "tunnel"]),
        (["eldercare", "tunnel"], "bridge", ["eldercare", "tunnel", "bridge"]),
        ([], "bank", ["bank"]),
    ],
)
def test_a_house_is_entered_in_the_plans_order(checkout, stand, name, wanted):
    text = f'"""Houses."""\n\nNAMES = {tuple(stand)}\n\n\ndef f():\n    return NAMES\n'
    space: dict[str, object] = {}
    entered = checkout.scaffold().enter(text, name)
    exec(entered, space)
    assert space["NAMES"] == tuple(wanted)
    assert entered.endswith("\n\n\ndef f():\n    return NAMES\n")


def test_the_plans_eight_know_their_titles_and_clauses(checkout):
    planned = checkout.scaffold().planned()
    assert [each["clause"] for each in planned.values()] == [f"四({n})" for n in "一二三四五六七八"]
    from mumian.scenarios import ALL

    for house in ALL:
        if house.name in planned:
            told = planned[house.name]
            assert (told["clause"], told["title"]) == (house.clause, dict(house.title)), house.name


def test_whatever_bears_a_name_is_known_to_be_taken(checkout, store, home_doors):
    taken = checkout.scaffold().taken
    reserved = store.query("select word from pg_get_keywords() where catcode in ('R', 'T')")
    words = {word for (word,) in reserved} | {path.split()[0] for path in checking.commands(app)} | home_doors
    words |= {file.stem for file in (ROOT / "src/mumian/web/static").iterdir()}
    houses = {path.name for path in (ROOT / "src/mumian/scenarios").iterdir()}
    free = sorted(w for w in words - houses if re.fullmatch(r"[a-z][a-z0-9]{1,23}", w) and not taken(w))
    assert free == []


@pytest.fixture
def home_doors(store) -> set[str]:
    """The first words of all addresses that the web has without any house."""
    from dataclasses import replace

    from tests.web.house import StandIn

    from mumian import web
    from mumian.core.kernel import settings

    live = StandIn(replace(settings.load({}), home=store.home))
    made = web.create(store, live.settings, store.clock, [], live)
    return {door.path.split("/")[1] for door in made.state.site.doors}


@pytest.mark.timeout(400)
def test_empty_houses_are_in_order_whatever_the_length_of_their_names(checkout):
    scaffold = checkout.scaffold()
    assert scaffold.main([SHORT]) == 0
    assert scaffold.main([LONG, "--zh", "很" * 16, "--en", "W" * 40, "--clause", "四(一)3"]) == 0
    checkout.lint(SHORT)
    checkout.lint(LONG)
    said = checkout.run("python", "-m", "mumian", LONG, "--help")
    assert "W" * 40 in said


@pytest.mark.timeout(400)
def test_the_guides_example_is_in_order(checkout):
    assert checkout.scaffold().main(["tunnel", "--zh", "公路隧道", "--en", "Road tunnels"]) == 0
    named = checkout.apply(GUIDE.read_text("utf-8"))
    assert {
        f"src/mumian/scenarios/tunnel/{r}.py" for r in ("domain", "observe", "understand", "act", "prove")
    } <= set(named)
    checkout.lint("tunnel")
    rooms = [
        f"tests/scenarios/tunnel/test_{r}.py"
        for r in ["air", "domain", "observe", "understand", "decide", "act", "prove", "cli"]
    ]
    checkout.test(*rooms)
    readings = checkout.root / "meter.jsonl"
    readings.write_text('{"time": "2026-11-24T06:05:32Z", "co_ppm": 200}\n' * 2)
    checkout.run(
        "python", "-m", "mumian", "tunnel", "air", str(readings), "--out", str(checkout.root / "found.jsonl")
    )
    assert '"kind": "co_high"' in (checkout.root / "found.jsonl").read_text()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_an_empty_house_passes_types_and_its_own_tests(checkout):
    assert checkout.scaffold().main([SHORT]) == 0
    checkout.run("mypy", "--cache-dir", "/dev/null", seconds=900)
    checkout.test(f"tests/scenarios/{SHORT}")
    checkout.test("tests/docs", "-k", f"{SHORT} or command")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_guides_example_passes_types_and_all_its_tests(checkout):
    assert checkout.scaffold().main(["tunnel", "--zh", "公路隧道", "--en", "Road tunnels"]) == 0
    checkout.apply(GUIDE.read_text("utf-8"))
    checkout.run("mypy", "--cache-dir", "/dev/null", seconds=900)
    checkout.test("tests/scenarios/tunnel")
    checkout.test("tests/docs", "-k", "tunnel or command")
