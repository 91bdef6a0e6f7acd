"""A line from a file chooser to a proved plan, on the real page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.browser import DESK, PHONE, Window
from tests.running import Home, serving
from tests.scenarios.powerline.understand_clouds.scenes import line_file
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
    desk.page.fill("textarea[name=source]", "{broken")
    desk.page.locator("form[action$='/powerline/plan'] button").click()
    expect(desk.page.locator(".mm-error").first).to_contain_text("JSON")
    expect(desk.page.locator("textarea[name=source]")).to_have_value("{broken")

    desk.go("/powerline/plan")
    desk.page.set_input_files("[data-line-file]", str(line_file(home.folder)))
    expect(desk.page.locator("input[name=file]")).to_have_value("line.geojson")
    desk.page.locator("form[action$='/powerline/plan'] button").click()
    expect(desk.page.locator(".review__orders tbody tr")).to_have_count(4)
    desk.page.locator(".review__orders form button").click()
    expect(desk.page.locator(".review__one .review__grade")).to_have_text("已证明", timeout=20_000)
    with desk.page.expect_download() as waiting:
        desk.page.locator("a[download$='.plan']").click()
    assert '"certificate"' in waiting.value.path().read_text("utf-8")
    assert desk.foreign == []
    desk.page.screenshot(path=str(home.folder / "plan.png"))

    phone = Window(chromium, home.ready["url"], PHONE, lang="en-US").sign_in("d1", PASSWORD)
    assert phone.go("/powerline/plan") == 200
    assert phone.sideways() == 0
