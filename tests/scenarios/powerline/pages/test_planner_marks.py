from __future__ import annotations

import pytest

from mumian.scenarios.powerline.pages.planner import words


@pytest.mark.parametrize(
    ("numbers", "mark"), [([4], "4"), ([1, 2], "1–2"), ([1, 2, 3], "1–3"), ([1, 4], "1·4"), ([1, 3, 9], "1+")]
)
def test_violations_at_one_place_are_one_mark(numbers: list[int], mark: str) -> None:
    assert words(numbers) == mark
