"""Two flights by the real command: what was not looked at, a defect to its work order, and its end by a re-inspection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from tests.browser import DESK, PHONE, Window
from tests.recordings import photographs
from tests.running import Home, serving
from tests.scenarios.powerline.act_triage.flights import BEGAN_US, flown, photographed, save
from tests.sites import small_home

pytestmark = [pytest.mark.browser, pytest.mark.data]
PASSWORD = "grey brick and kapok"
DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("home"), MUMIAN_HOUSES="eldercare,powerline") as running:
        running.load(small_home(2))
        running.run("account", "add", "d1", "--role", "director", "--staff", "d1", given=PASSWORD + "\n")
        yield running


@pytest.fixture(scope="module")
def defect() -> Path:
    return photographs("powerline", "cplid", "defect")[0]


def inspected(home: Home, flight, *more: str) -> dict:
    words = (
        "powerline",
        "inspect",
        str(flight.images),
        "--record",
        str(flight.record),
        "--plan",
        str(flight.plan),
    )
    return json.loads(home.run(*words, *more).stdout)


@pytest.mark.timeout(300)
def test_from_what_was_not_seen_to_a_closed_work_order(home: Home, chromium: Browser, defect: Path) -> None:
    desk = Window(chromium, home.ready["url"], DESK).sign_in("d1", PASSWORD)
    desk.go("/powerline/coverage")
    expect(desk.page.locator(".mm-empty").first).to_contain_text("还没有对过航线的飞行")

    first = flown(home.folder, towers=1)
    ids = [s["id"] for s in first.shots]
    broken = next(n for n, s in enumerate(first.shots) if s["part"] == "insulator")
    photographed(first, without=(ids[-1],), blurred=(ids[-2],))
    save(Image.open(defect), first.images / f"DJI_{broken:04d}.JPG", first.taken_us[ids[broken]], -7.0)
    told = inspected(home, first, "--verified", str(home.folder / "verified.json"))
    assert told["findings"] >= 1
    home.run("powerline", "resume", str(first.plan), "--verified", str(home.folder / "verified.json"), "--out", str(home.folder / "rest.plan"))  # fmt: skip
    rest = json.loads((home.folder / "rest.plan").read_text("utf-8"))
    assert sorted(s["id"] for s in rest["mumian"]["shots"]) == sorted(ids[-2:])

    desk.go("/powerline/coverage")
    expect(desk.page.locator(".review__orders .review__row")).to_have_count(2)
    expect(desk.page.locator(".review__orders")).to_contain_text("照片糊了")
    expect(desk.page.locator(".review__orders")).to_contain_text("拍了，照片不在")
    with desk.page.expect_download() as waiting:
        desk.page.locator("a[download='verified.json']").click()
    assert sorted(json.loads(waiting.value.path().read_text("utf-8"))) == sorted(ids[:-2])

    desk.go("/powerline/review")
    shot = first.shots[broken]
    place = f"{shot['tower']} 号塔 · {shot['circuit']} 回 {shot['phase']} 相 · 绝缘子串"
    expect(desk.page.locator(".review__one h2")).to_contain_text(place)
    desk.page.locator("button[value=accept]").click()
    desk.go("/powerline/review?state=accepted")
    expect(desk.page.locator(".review__orders a.review__row").first).to_contain_text(place)
    expect(desk.page.locator(".again")).to_contain_text("还没有复拍")
    assert desk.page.locator("button[value=close]").count() == 0

    second = flown(home.folder, towers=1, began_us=BEGAN_US + DAY_US, name="b", plan_file=first.plan)
    photographed(second, seed=500)
    inspected(home, second)
    desk.go("/powerline/review?state=accepted")
    assert desk.page.locator(".again img").count() == 2
    expect(desk.page.locator(".again figcaption").last).not_to_contain_text("只有缩略图")
    desk.page.locator("button[value=close]").focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator(".review__queue a.review__row.is-selected")).to_contain_text(place)
    assert "state=closed" in desk.page.url
    assert desk.page.locator(".again img").count() == 2
    assert desk.axe() == []
    assert (desk.foreign, desk.faults) == ([], [])
    desk.close()


def test_the_phone_is_no_wider_than_its_window_and_reads_english(home: Home, chromium: Browser) -> None:
    phone = Window(chromium, home.ready["url"], PHONE, lang="en-US").sign_in("d1", PASSWORD)
    for path in ("/powerline/coverage", "/powerline/review", "/powerline/review?state=closed", "/powerline/coverage?flight=none", "/powerline/review?state=accepted&again=x"):  # fmt: skip
        assert phone.go(path) == 200
        assert phone.sideways() == 0
    phone.close()
