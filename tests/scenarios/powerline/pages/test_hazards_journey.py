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
    expect(desk.page.locator(".mm-strip[role=status]")).to_contain_text("已确认，消缺单")
    expect(desk.page.locator(".review__orders .again")).to_contain_text("周主任开单")
    expect(desk.page.locator(".review__orders .again")).to_contain_text("再扫一次这一档")
    assert desk.page.locator("button[value=close]").count() == 0
    desk.go("/powerline/review")
    order = desk.page.locator(".review__orders a.review__row")
    expect(order).to_have_count(1)
    for said in ("净距不够 · 树木", "号塔", "周主任开单"):
        expect(order).to_contain_text(said)
    first = desk.page.locator(".review__queue a.review__row").first
    expect(first).to_contain_text("差 ")
    expect(first).to_contain_text("号塔")
    for said in ("净距", "要求", "缺少", "条款", "所在线路"):
        expect(desk.page.locator(".review__one .review__why")).to_contain_text(said)
    _rejected_and_taken_back(desk)
    _felled_and_closed(home, desk)
    assert desk.axe() == []
    desk.close()


def _rejected_and_taken_back(desk: Window) -> None:
    """A decision leads to the next of the queue, is told, and can be taken back there."""
    desk.go("/powerline/review")
    waiting = desk.page.locator(".review__queue a.review__row")
    before = waiting.count()
    ids = [waiting.nth(n).get_attribute("href") for n in range(before)]
    waiting.nth(0).click()
    desk.page.locator("button[value=reject]").click()
    expect(desk.page.locator(".mm-strip[role=status]")).to_contain_text("已否定")
    expect(waiting).to_have_count(before - 1)
    assert desk.page.locator(".review__queue a.is-selected").get_attribute("href") == ids[1]
    desk.page.locator(".review__done button[value=reopen]").click()
    expect(desk.page.locator(".mm-strip[role=status]")).to_contain_text("已放回待审")
    expect(waiting).to_have_count(before)


def _felled_and_closed(home: Home, desk: Window) -> None:
    """The trees are felled, the corridor scanned again: that survey is offered, a person closes with it, and the page says so."""
    path, line, _ = tile(home.folder, replace(SCENE, planted_m=()), "c.laz")
    home.run("powerline", "survey", str(path), "--line", str(line), "--origin", "simulation", "--scanned-on", "2026-10-01")  # fmt: skip
    desk.go("/powerline/review?state=accepted")
    desk.page.locator("a", has_text="看那次的侧视图").click()
    gone = desk.page.locator(".review__one a.review__row", has_text="不在了")
    expect(gone).to_have_count(1)
    gone.click()
    expect(desk.page.locator(".review__orders .again")).to_contain_text("5 m 内已没有它")
    desk.page.locator("button[value=close]").focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".mm-strip[role=status]")).to_contain_text("已关单")
    expect(desk.page.locator(".review__orders")).to_contain_text("更晚的测量")
    desk.go("/powerline/review?state=closed")
    expect(desk.page.locator(".review__one")).to_contain_text("周主任")
    expect(desk.page.locator(".review__one")).to_contain_text("更晚的测量，5 m 内没有它")


def test_the_phone_is_no_wider_than_its_window_and_reads_english(home: Home, chromium: Browser) -> None:
    phone = Window(chromium, home.ready["url"], PHONE, lang="en-US").sign_in("d1", PASSWORD)
    assert phone.go("/powerline/hazards") == 200
    assert phone.sideways() == 0
    for odd in ("?survey=S-none&span=1", "?survey=x&span=99999999999", "?finding=none", "?survey=x&span=²"):
        assert phone.go("/powerline/hazards" + odd) == 200
    phone.close()
