"""Turns and tower kinds derived from geometry."""

from __future__ import annotations

import pytest

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import LocalFrame, Wgs84
from mumian.scenarios.powerline.domain.line import Line, Tower, tower_kinds, turn_deg

AT = Wgs84(23.0, 113.0)


@pytest.mark.parametrize(
    ("after", "turn"),
    [((0, 500), 0), ((500, 0), 90), ((-500, 0), 90), ((0, -500), 180), ((0, 0), 0), ((500, 500), 45)],
)
def test_the_turn_at_a_tower(after, turn):
    frame = LocalFrame(AT)
    assert turn_deg(frame.to_wgs84(0, -300), AT, frame.to_wgs84(*after)) == pytest.approx(turn, abs=0.01)


def test_ends_and_bends_are_strain_towers():
    frame = LocalFrame(AT)
    places = tuple(frame.to_wgs84(x, y) for x, y in ((0, 0), (300, 0), (600, 0), (900, 200)))
    assert tower_kinds(places) == ("strain", "tangent", "strain", "strain")


def test_a_line_has_two_towers():
    with pytest.raises(BadInput, match="at least two"):
        Line("1", "x", 220, 2, (Tower(1, AT, "strain"),))
