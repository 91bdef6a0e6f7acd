"""Each page in a real browser: axe-clean, no sideways scroll, no foreign request, duty pages without page scroll."""

from __future__ import annotations

import pytest
from tests import browser as browsers
from tests.scenarios.eldercare.pages.wire import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
PATHS = (
    "station", "phone", "residents", "residents/p1", "admission", "admission?person=p1", "devices", "staff", "burden", "handover",
    "indicators",
)  # fmt: skip


@pytest.mark.parametrize(("size", "lang"), [(browsers.DESK, "zh-CN"), (browsers.PHONE, "en-US")])
def test_pages_at_desk_and_phone(home, address, raise_alarm, chromium, size, lang):
    raise_alarm("p1")
    raise_alarm("p2", "heart_rate", "warn")
    home.account("director")
    window = browsers.Window(chromium, address, size, lang).sign_in("director", PASSWORD)
    for path in PATHS:
        assert window.go(f"/eldercare/{path}") == 200, path
        window.page.wait_for_timeout(200)
        assert window.sideways() <= 0, path
        assert window.axe() == [], path
    assert window.foreign == []
    assert window.faults == []
    window.close()


def test_the_keyboard_alone_claims_an_alarm_and_sees_why(home, address, raise_alarm, chromium):
    first, second = raise_alarm("p1"), raise_alarm("p2")
    home.account("nurse")
    window = browsers.Window(chromium, address, browsers.DESK).sign_in("nurse", PASSWORD)
    window.go("/eldercare/station")
    page = window.page
    page.keyboard.press("j")
    page.wait_for_function("new URL(location).searchParams.get('alarm')")
    chosen = page.evaluate("document.querySelector('.mm-alarm.is-selected').dataset.alarm")
    assert chosen in (first, second)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#alarm-{chosen}[data-state=acknowledged]")
    page.wait_for_function("document.querySelector('[data-part=why]').textContent.includes('认领')")
    state = home.store.query("select state, owner from decide.alarms where id = %s", (chosen,))
    assert state == [("acknowledged", "n1")]
    assert (
        page.evaluate(
            "document.querySelector('.mm-work').scrollHeight - document.querySelector('.mm-work').clientHeight"
        )
        <= 0
    )
    window.close()


def test_the_phone_takes_the_call_and_closes_it_with_a_note(home, address, raise_alarm, chromium):
    alarm = raise_alarm("p1")
    home.account("caregiver")
    window = browsers.Window(chromium, address, browsers.PHONE).sign_in("caregiver", PASSWORD)
    window.go("/eldercare/phone")
    page = window.page
    button = page.locator(".go__yes")
    assert button.bounding_box()["height"] >= 88
    button.click()
    page.wait_for_selector(".held__one")
    page.fill("[data-note]", "坐到地上，没受伤")
    page.click(".held__one [data-resolution=true]")
    page.wait_for_selector(".held__one", state="detached")
    assert home.store.query("select state, resolution from decide.alarms where id = %s", (alarm,)) == [
        ("resolved", "true")
    ]
    assert home.store.query(
        "select note from decide.transitions where alarm = %s and to_state = 'resolved'", (alarm,)
    ) == [("坐到地上，没受伤",)]
    window.close()
