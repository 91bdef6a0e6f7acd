"""A call for help in the real browser: the caregiver's phone rings, she goes, the nurse's station follows by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.browser import DESK, PHONE, Window
from tests.running import Home, wait_for
from tests.sites import small_home

pytestmark = pytest.mark.browser
PASSWORD = "grey brick and kapok"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    running = Home(tmp_path_factory.mktemp("home"), MUMIAN_LADDER_S="5,30,30")
    running.start()
    running.load(small_home(4))
    for user, role in (("c1", "caregiver"), ("n1", "nurse"), ("d1", "director")):
        running.run("account", "add", user, "--role", role, "--staff", user, given=PASSWORD + "\n")
    yield running
    running.sweep()


def test_the_first_administrator_is_made_once_with_the_printed_link(home: Home, chromium: Browser) -> None:
    window = Window(chromium, "", DESK)
    window.page.goto(home.ready["setup_url"])
    window.page.fill("input[name=user]", "root.he")
    window.page.fill("input[name=password]", PASSWORD)
    window.page.fill("input[name=again]", PASSWORD)
    window.page.click("main button, form button")
    window.page.wait_for_url(lambda url: "/setup/" not in url)
    again = window.page.goto(home.ready["setup_url"])
    assert again is not None
    assert again.status == 404
    window.close()


def test_a_call_from_band_to_phone_to_station(home: Home, chromium: Browser) -> None:
    phone = Window(chromium, home.ready["url"], PHONE).sign_in("c1", PASSWORD)
    station = Window(chromium, home.ready["url"], DESK).sign_in("n1", PASSWORD)
    phone.go("/eldercare/phone")
    station.go("/eldercare/station")

    band = home.band("B-1")
    band.event("sos")
    band.settled()

    expect(phone.page.locator(".call__room")).to_contain_text("301", timeout=15_000)
    expect(phone.page.locator(".call__what")).to_contain_text("按了求助键")
    expect(station.page.locator(".mm-alarm.is-new").first).to_contain_text("301", timeout=15_000)

    phone.page.locator("[data-act=acknowledge]").first.click()
    wait_for(lambda: home.alarms()[0]["state"] == "acknowledged", what="the claim")
    assert home.alarms()[0]["owner"] == "c1"
    expect(station.page.locator(".mm-alarm").first).to_contain_text("何护理员", timeout=15_000)

    phone.page.locator("[data-act=resolve][data-resolution='true']").first.click()
    wait_for(lambda: home.alarms()[0]["resolution"] == "true", what="the end")
    receipt = [p for p in home.alarms()[0]["pages"] if p["channel"] == "browser"]
    assert receipt[0]["outcome"] == "delivered"
    for window in (phone, station):
        assert window.foreign == []
        assert window.faults == []
        window.close()


PAGES = [
    *(f"/eldercare/{page}" for page in ("station", "phone", "residents", "residents/p1", "handover")),
    *(f"/eldercare/{page}" for page in ("devices", "staff", "burden", "admission")),
    "/indicators",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_clean(home: Home, chromium: Browser, path: str, size: dict[str, int]) -> None:
    window = Window(chromium, home.ready["url"], size).sign_in("d1", PASSWORD)
    assert window.go(path) == 200
    window.page.wait_for_timeout(300)
    assert window.sideways() <= 0
    assert window.axe() == []
    assert window.foreign == []
    assert window.faults == []
    window.close()
