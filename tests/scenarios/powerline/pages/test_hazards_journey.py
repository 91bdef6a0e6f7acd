"""Two surveys by the real command, read and judged on the real page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect
from tests.browser import DESK, PHONE, Window
from tests.running import Home, serving
from tests.scenarios.powerline.understand_clouds.scenes import tile
from tests.sites import small_home

from mumian.worlds.powerline.corridor_scene import Scene

pytestmark = pytest.mark.browser
PASSWORD = "grey brick and kapok"
SCENE = Scene(spans=2, points=60_000, trees=15, planted_m=(0.5, 1.5, 2.5, 3.5), tension_m=900.0, seed=4)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("home"), MUMIAN_HOUSES="eldercare,powerline") as running:
        running.load(small_home(2))
        running.run("account", "add", "d1", "--role", "director", "--staff", "d1", given=PASSWORD + "\n")
        yield running


def test_a_corridor_from_tile_to_work_order(home: Home, chromium: Browser) -> None:
    desk = Window(chromium, home.ready["url"], DESK).sign_in("d1", PASSWORD)
    assert desk.go("/powerline/hazards") == 200
    expect(desk.page.locator(".mm-empty").first).to_contain_text("还没有测过的档")

    for name, scene, day in (
        ("a.laz", SCENE, "2026-03-01"),
        ("b.laz", replace(SCENE, planted_m=(0.4, 1.3, 2.2, 3.3)), "2026-09-01"),
    ):
        path, line, _ = tile(home.folder, scene, name)
        words = (
            "powerline",
            "survey",
            str(path),
            "--line",
            str(line),
            "--origin",
            "simulation",
            "--scanned-on",
            day,
        )
        home.run(*words)

    desk.go("/powerline/hazards")
    expect(desk.page.locator(".review__queue a")).to_have_count(3)
    assert desk.page.locator(".profile__mark").count() == 3
    assert desk.page.locator(".review__orders tbody tr").count() == 2
    expect(desk.page.locator(".review__orders tbody tr").last).to_contain_text("0.40")
    expect(desk.page.locator(".review__orders tbody tr").last).to_contain_text("−0.10")
    assert (desk.foreign, desk.faults) == ([], [])

    desk.page.locator("button[value=accept]").focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".review__orders")).to_contain_text("消缺单已开")
    desk.go("/powerline/review")
    expect(desk.page.locator(".review__orders a.review__row")).to_have_count(1)
    desk.close()


def test_the_phone_is_no_wider_than_its_window_and_reads_english(home: Home, chromium: Browser) -> None:
    phone = Window(chromium, home.ready["url"], PHONE, lang="en-US").sign_in("d1", PASSWORD)
    assert phone.go("/powerline/hazards") == 200
    assert phone.sideways() == 0
    for odd in ("?survey=S-none&span=1", "?survey=x&span=99999999999", "?finding=none", "?survey=x&span=²"):
        assert phone.go("/powerline/hazards" + odd) == 200
    phone.close()
