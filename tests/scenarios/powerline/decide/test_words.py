"""What `plan` and `prove` say: in the language of whoever runs them, and about what was really planned."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from tests.scenarios.powerline.decide.drawn import write

from mumian.scenarios.powerline.decide.commands import plan, prove


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("words")
    plan(write(folder / "line.geojson"), 2, "corridor", folder / "out.plan")
    return folder / "out.plan"


@pytest.fixture
def broken(made: Path) -> Path:
    """The same plan with a place put on the conductors."""
    written = json.loads(made.read_text("utf-8"))
    item = next(i for i in written["mission"]["items"] if i["command"] == 16)
    item["params"][6] = item["Altitude"] = 2.0
    file = made.with_name("bad.plan")
    file.write_text(json.dumps(written), "utf-8")
    return file


def test_a_corridor_tells_frames_and_spacing_and_a_file_of_several_lines_what_was_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "line.geojson")
    whole = json.loads(file.read_text("utf-8"))
    one = whole if whole["type"] == "Feature" else whole["features"][0]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [one, one]}), "utf-8")
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    plan(file, 2, "corridor", tmp_path / "out.plan")
    said = capsys.readouterr().err
    count, spacing = re.search(r"about (\d+) frames, one every ([\d.]+)", said).groups()  # type: ignore[union-attr]
    assert int(count) > 1
    assert float(spacing) > 1
    assert "holds 2 lines; the first (line 7) is taken" in said


def test_prove_speaks_the_language_of_the_shell_and_json_does_not_care(
    made: Path, broken: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {}
    for lang in ("zh_CN.UTF-8", "en_US.UTF-8"):
        monkeypatch.setenv("LANG", lang)
        prove(made)
        proved = capsys.readouterr().out.partition("{")[0]
        with pytest.raises(typer.Exit):
            prove(broken)
        bad = capsys.readouterr().out
        prove(made, as_json=True)
        told[lang] = (proved, bad, json.loads(capsys.readouterr().out))
    zh, en = told["zh_CN.UTF-8"], told["en_US.UTF-8"]
    assert zh[0].startswith("out.plan：已证明")
    assert "新证书" in zh[0]
    assert zh[1].startswith("bad.plan：违反规则")
    assert "note:" not in zh[1]
    assert en[0].startswith("out.plan: proved")
    assert "violated: item doJumpId" in en[1]
    assert zh[2]["verdict"] == en[2]["verdict"] == "proved"
    assert zh[2]["sha256"] == en[2]["sha256"]
