"""A line from a file chooser to a proved plan, on the real page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.browser import DESK, PHONE, Window
from tests.running import Home, serving
from tests.scenarios.powerline.understand_clouds.scenes import TOWERS, line_file
from tests.sites import small_home

pytestmark = pytest.mark.browser
PASSWORD = "grey brick and kapok"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("home"), MUMIAN_HOUSES="eldercare,powerline") as running:
        running.load(small_home(2))
        running.run("account", "add", "d1", "--role", "director", "--staff", "d1", given=PASSWORD + "\n")
        yield running


def test_from_file_to_plan(home: Home, chromium: Browser) -> None:
    desk = Window(chromium, home.ready["url"], DESK).sign_in("d1", PASSWORD)
    desk.go("/powerline/plan")
    desk.page.locator("summary", has_text="贴上内容").click()
    desk.page.fill("textarea[name=source]", "{broken")
    desk.page.locator("form[action$='/powerline/plan'] button").click()
    expect(desk.page.locator(".mm-error").first).to_contain_text("JSON")
    expect(desk.page.locator("textarea[name=source]")).to_have_value("{broken")

    desk.go("/powerline/plan")
    desk.page.set_input_files("[data-line-file]", str(line_file(home.folder)))
    desk.page.locator("form[action$='/powerline/plan'] button").click()
    expect(desk.page.locator(".review__orders tbody tr")).to_have_count(4)
    desk.page.locator(".review__orders form button.mm-btn--main").click()
    expect(desk.page.locator(".review__one .review__grade")).to_have_text("已证明", timeout=20_000)
    with desk.page.expect_download() as waiting:
        desk.page.locator("a[download$='.plan']").click()
    made = waiting.value.path().read_text("utf-8")
    assert '"certificate"' in made
    _changed_elsewhere(desk, home.folder / "lower.plan", made)
    assert desk.foreign == []
    desk.page.screenshot(path=str(home.folder / "plan.png"))

    phone = Window(chromium, home.ready["url"], PHONE, lang="en-US").sign_in("d1", PASSWORD)
    assert phone.go("/powerline/plan") == 200
    assert phone.sideways() == 0


def test_a_file_of_several_lines_says_so_and_another_can_be_taken(home: Home, chromium: Browser) -> None:
    whole = json.loads(line_file(home.folder).read_text("utf-8"))
    (one,) = whole["features"]
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [113.3, 23.4]}}
    second = {**one, "properties": {"id": 8, "name": "second line", "voltage": "110000"}}
    whole["features"] = [one, point, second]
    file = home.folder / "several.geojson"
    file.write_text(json.dumps(whole), "utf-8")
    desk = Window(chromium, home.ready["url"], DESK).sign_in("d1", PASSWORD)
    desk.go("/powerline/plan")
    if not desk.page.locator("[data-line-file]").first.is_visible():
        desk.page.locator("summary", has_text="导入线路").click()
    desk.page.set_input_files("input[name=upload]", str(file))
    desk.page.locator("form[action$='/powerline/plan'] button").click()
    expect(desk.page.locator(".review__orders")).to_contain_text("文件里有 2 条线，现在是第 1 条")
    desk.page.select_option("select[name=ordinal]", label="2 · second line · 110 kV · 4 基塔")
    desk.page.locator("form[action*='/line?'] button").click()
    expect(desk.page.locator(".mm-bar__where")).to_contain_text("second line")
    expect(desk.page.locator(".review__orders")).to_contain_text("现在是第 2 条")
    expect(desk.page.locator(".review__queue a", has_text="several.geojson")).to_have_count(1)
    desk.close()


def test_a_refusal_speaks_the_readers_language_and_keeps_line_and_figures(
    home: Home, chromium: Browser
) -> None:
    desk = Window(chromium, home.ready["url"], DESK).sign_in("d1", PASSWORD)
    desk.go("/powerline/plan")
    other = desk.page.locator(".review__queue a.review__row").last
    href = other.get_attribute("href")
    other.click()
    desk.page.fill("input[name=first]", "3")
    desk.page.fill("input[name=count]", "4")
    desk.page.locator(".review__orders form[action*='line='] button.mm-btn--main").click()
    expect(desk.page.locator(".mm-error").first).to_contain_text("那里往后只有 2 基")
    expect(desk.page.locator(".review__queue a.is-selected")).to_have_attribute("href", href)
    assert (desk.page.input_value("input[name=first]"), desk.page.input_value("input[name=count]")) == (
        "3",
        "4",
    )
    desk.close()


def _changed_elsewhere(desk: Window, file: Path, made: str) -> None:
    """Someone lowers a waypoint at a ground station onto the conductors: the page says which item breaks what by how much."""
    plan = json.loads(made)
    item = next(i for i in plan["mission"]["items"] if i["command"] == 2000)
    at = plan["mission"]["items"][plan["mission"]["items"].index(item) - 1]
    at["params"][4:6] = [TOWERS[1][1], TOWERS[1][0]]
    file.write_text(json.dumps(plan), "utf-8")
    desk.page.locator("summary", has_text="改过的航线").click()
    desk.page.set_input_files("input[name=plan]", str(file))
    desk.page.locator("form[action*='/check'] button").click()
    expect(desk.page.locator(".review__one .review__grade")).to_contain_text("违反", timeout=20_000)
    said = desk.page.locator(
        ".review__one .review__row", has_text=re.compile(r"tower-distance|conductor-distance")
    ).first
    expect(said).to_contain_text(f"第 {at['doJumpId']} 项")
    expect(said).to_contain_text(re.compile(r"差 [\d.]+ m"))
    rows = desk.page.locator(".review__one .hazards__no").count()
    marks = desk.page.locator(".profile__mark").all_text_contents()
    assert sum(len(_numbers(mark)) for mark in marks) == rows, marks
    assert desk.page.locator("a[download$='.plan']").count() == 0  # what is not proved cannot be taken away


def _numbers(mark: str) -> range | list[str]:
    first, _, last = mark.strip().partition("–")
    return range(int(first), int(last) + 1) if last else mark.split("·")


def test_a_line_of_five_megabytes_is_taken_and_a_larger_one_told_before_it_is_sent(
    home: Home, chromium: Browser
) -> None:
    towers = [(100.0 + 0.003 * (k % 4000), 23.0 + 0.003 * (k // 4000)) for k in range(4000)]
    whole = json.loads(line_file(home.folder, towers=towers).read_text("utf-8"))
    whole["features"] += [whole["features"][0]] * (
        (4_900_000 - len(json.dumps(whole))) // len(json.dumps(whole["features"][0]))
    )
    large = home.folder / "large.geojson"
    large.write_text(json.dumps(whole), "utf-8")
    assert 4_500_000 < large.stat().st_size < 5_000_000

    desk = Window(chromium, home.ready["url"], DESK).sign_in("d1", PASSWORD)
    desk.go("/powerline/plan")
    if not desk.page.locator("[data-line-file]").first.is_visible():
        desk.page.locator("summary", has_text="导入线路").click()
    desk.page.set_input_files("input[name=upload]", str(large))
    desk.page.locator("form[action$='/powerline/plan'] button").click()
    expect(desk.page.locator(".mm-bar__where")).to_contain_text("4000 基塔", timeout=20_000)
    expect(desk.page.locator(".review__orders tbody tr")).to_have_count(300)
    expect(desk.page.locator(".review__orders")).to_contain_text("共 4000 基")

    large.write_text(json.dumps(whole) + " " * 600_000, "utf-8")
    desk.page.locator("summary", has_text="导入线路").click()
    desk.page.set_input_files("input[name=upload]", str(large))
    expect(desk.page.locator("[data-line-said]").first).to_contain_text("超过 5 MB")
    assert desk.page.input_value("input[name=upload]") == ""
    with home.api("director", "d1") as program:
        sent = {"upload": ("large.geojson", large.read_bytes())}
        answer = program.post("/powerline/plan", files=sent, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
