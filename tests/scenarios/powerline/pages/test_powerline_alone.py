"""A home that runs this house and no other: it starts, every page answers, and none of them speaks for a house that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.running import serving
from tests.sites import small_home

from mumian.scenarios.powerline.pages import PAGES

NOTICE = "非医疗器械"


def test_up_serves_every_page_of_the_house_alone(tmp_path: Path) -> None:
    with serving(tmp_path, MUMIAN_HOUSES="powerline") as home:
        assert home.ready["watch"] is None
        home.load(small_home(1))
        reader = home.api("director", "d1")
        assert reader.get("/healthz").raise_for_status().json()["ok"] is True
        for page in PAGES:
            text = reader.get(page.path, headers={"Accept": "text/html"}).raise_for_status().text
            assert "mm-work" in text, page.path
            assert NOTICE not in text, page.path
        assert NOTICE not in reader.get("/login").raise_for_status().text
        assert home.stop() == 0


@pytest.mark.slow
def test_beside_another_house_each_speaks_for_itself(tmp_path: Path) -> None:
    with serving(tmp_path, MUMIAN_HOUSES="eldercare,powerline") as home:
        home.load(small_home(1))
        reader = home.api("director", "d1")
        texts = [
            reader.get(path, headers={"Accept": "text/html"}).raise_for_status().text
            for path in ("/eldercare/station", "/powerline/plan")
        ]
        assert [NOTICE in text for text in texts] == [True, False]
