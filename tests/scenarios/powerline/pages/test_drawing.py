from __future__ import annotations

from tests.scenarios.powerline.decide_survey.told import hazard, survey

from mumian.scenarios.powerline.pages.drawing import sheet
from mumian.scenarios.powerline.pages.hazards import _height, _lowest


def test_a_sheet_turns_height_upwards_and_keeps_order() -> None:
    paper = sheet([[0, 0], [100, 20]])
    assert paper is not None
    assert paper.y(20) < paper.y(0)
    assert paper.x(100) > paper.x(0)


def test_nothing_to_draw_is_no_sheet() -> None:
    assert sheet([]) is None


def test_the_pen_is_lifted_over_unseen_ground() -> None:
    paper = sheet([[0, 0], [100, 0]])
    assert paper is not None
    assert paper.path([[0, 0], [10, 0], [90, 0]], 25).count("M") == 2


def test_round_ticks_lie_inside() -> None:
    paper = sheet([[0, -3], [313, 41]])
    assert paper is not None
    assert [word for _, word in paper.ticks()["s"]] == ["0", "50", "100", "150", "200", "250", "300"]


def test_the_band_hangs_from_the_lowest_conductor() -> None:
    drawn = survey(hazard()).profiles[1]
    lowest = _lowest([*drawn["states"]["measured"], *drawn["states"]["max_sag"]])
    assert lowest == [[0.0, 19.0], [150.0, 13.0], [300.0, 19.0]]
    assert _height([[300, 20], [0, 10]], 150) == 15
