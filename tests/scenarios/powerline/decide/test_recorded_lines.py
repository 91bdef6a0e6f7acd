"""Plans over real lines: most towers of every voltage can be inspected, and every plan made is proved from its file alone."""

from __future__ import annotations

import json
import random

import pytest
from tests.recordings import recorded

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.decide.commands import plan, prove

pytestmark = [pytest.mark.data, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def features():
    path = recorded("powerline", "lines", "malaysia_lines.geojson")
    return json.loads(path.read_text("utf-8"))["features"]


def sections(features, voltage, count, seed=8):
    """Lines of a voltage, each from its first tower and from somewhere on it."""
    drawn = random.Random(seed)
    lines = drawn.sample([f for f in features if f["properties"]["voltage"] == voltage], count)
    for line in lines:
        yield line, None
        yield line, drawn.randrange(2, len(line["geometry"]["coordinates"]) - 6)


@pytest.mark.parametrize("voltage", ["132000", "275000", "500000"])
@pytest.mark.parametrize("profile", ["tower", "corridor"])
def test_real_lines_are_planned_and_proved(features, voltage, profile, tmp_path, capsys):
    line, out = tmp_path / "line.geojson", tmp_path / "out.plan"
    made = refused = 0
    for feature, first in sections(features, voltage, 2):
        line.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
        try:
            plan(line, 5, profile, out, first=first)
        except BadInput:
            refused += 1
            continue
        capsys.readouterr()
        prove(out, line, as_json=True)
        report = json.loads(capsys.readouterr().out)
        assert report["verdict"] == "proved" and report["certificate_in_file"] == "fits"
        made += 1
    assert made >= 3, f"{refused} of {made + refused} sections were refused"
