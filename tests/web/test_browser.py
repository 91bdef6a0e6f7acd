"""The islands in a real browser: an alarm comes by itself, keys act on it, sound asks for the press that browsers want."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from tests.web.conftest import PASSWORD, Home

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = pytest.mark.browser


@pytest.fixture
def page(home: Home, served: str) -> Iterator[Page]:
    home.signed_in("nurse")  # makes the account
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(base_url=served, locale="zh-CN", viewport={"width": 1440, "height": 900})
        faults: list[str] = []
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on(
            "request",
            lambda request: (
                faults.append(request.url) if not request.url.startswith((served, "data:")) else None
            ),
        )
        page.on("console", lambda m: faults.append(m.text) if "Content Security Policy" in m.text else None)
        page.goto("/login")
        page.fill("[name=user]", "nurse")
        page.fill("[name=password]", PASSWORD)
        page.click("form button")
        page.wait_for_url("**/stand/station")
        yield page
        browser.close()
    assert faults == []


def test_an_alarm_appears_and_is_claimed_by_keys(home: Home, page: Page, raise_alarm) -> None:
    page.wait_for_timeout(300)
    alarm = raise_alarm("wang", "F1")
    row = page.locator(f"#alarm-{alarm}")
    expect(row).to_have_attribute("data-state", "new", timeout=3000)
    expect(page.locator("[data-announce]")).to_contain_text("疑似跌倒")
    page.keyboard.press("j")
    expect(row).to_have_class("mm-alarm mm-alarm--high is-new is-selected")
    page.keyboard.press("Enter")
    expect(row).to_have_attribute("data-state", "acknowledged")
    page.keyboard.press("f")
    expect(row).to_have_count(0)
    (state,) = home.store.query("select state, resolution from decide.alarms where id = %s", (alarm,))
    assert state == ("resolved", "false")


def test_letters_are_off_inside_inputs_and_dialogs_open(page: Page, raise_alarm) -> None:
    raise_alarm("wang", "F1")
    expect(page.locator(".mm-alarm")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.locator('[data-dialog="keys"]')).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator('[data-dialog="keys"]')).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("t")
    dialog = page.locator('[data-dialog="handover"]')
    expect(dialog).to_be_visible()
    expect(dialog.locator("option").first).to_contain_text("当班")
    dialog.locator("input").type("jf?")
    assert dialog.locator("input").input_value() == "jf?"
    dialog.locator("select").select_option("c1")
    dialog.locator("button[value=go]").click()
    expect(page.locator(".mm-alarm")).to_have_attribute("data-state", "acknowledged")


def test_shelving_asks_why_and_until(home: Home, page: Page, raise_alarm) -> None:
    raise_alarm("wang", "F1")
    expect(page.locator(".mm-alarm")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.locator('[data-dialog="shelve"] input').fill("充电柜满")
    page.locator('[data-dialog="shelve"] button[value=go]').click()
    expect(page.locator(".mm-alarm .mm-tier")).to_have_class("mm-tier mm-tier--high is-shelved")


def test_going_to_a_place_by_its_letter(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/stand/admission")


def test_sound_asks_for_a_press_and_can_be_muted(page: Page) -> None:
    page.goto("/stand/station")  # typed into the address bar: no press has happened on this page
    strip = page.locator('[data-strip="silent"]')
    expect(strip).to_be_visible(timeout=3000)
    strip.locator("button").click()
    expect(strip).to_be_hidden(timeout=3000)
    page.keyboard.press("Escape")
    page.keyboard.press(" ")
    expect(page.locator("[data-sound-state]")).to_contain_text("静音", timeout=3000)


def test_no_module_is_loaded_twice(page: Page) -> None:
    loaded = page.evaluate("performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname)")
    scripts = [path for path in loaded if path.endswith(".js")]
    assert "/static/islands/alarms.js" in scripts
    assert len(scripts) == len(set(scripts))
