"""The pages: whom they let in, both languages, no colour of their own, and nothing to complain of in a real browser."""

from __future__ import annotations

import re

import pytest
from tests import browser as browsers
from tests.web.conftest import PASSWORD, Home

from mumian.core.identity import gate
from mumian.scenarios.newhouse.pages import ACTIONS, PAGES
from mumian.scenarios.newhouse.scenario import SCENARIO
from mumian.web.words import Words

ROLES = ("admin", "director", "nurse", "caregiver", "auditor")
PLAIN = [page for page in PAGES if "{" not in page.path]
CJK = re.compile(r"[\u4e00-\u9fff]")
TEMPLATES = sorted(SCENARIO.folder.glob("templates/**/*.html"))


def test_every_page_and_form_stands_under_the_house_and_asks_a_known_permission() -> None:
    for door in (*PAGES, *ACTIONS):
        assert door.path.startswith(f"/{SCENARIO.name}/")
        assert door.permission in gate.ACTIONS, door.path


@pytest.mark.parametrize("role", ROLES)
def test_each_role_enters_where_the_policy_lets_it(home: Home, role: str) -> None:
    asker = home.signed_in(role)
    for page in PLAIN:
        wanted = 200 if gate.permitted(role, page.permission) else 403
        assert asker.get(page.path).status_code == wanted, page.path


def test_every_sentence_has_english() -> None:
    words = Words([SCENARIO.folder])
    for file in TEMPLATES:
        for _, sentence in re.findall(r"""\b_\(\s*(["'])(.*?)\1""", file.read_text("utf-8")):
            assert words.knows(sentence), (file.name, sentence)


def test_pages_speak_english_where_asked(home: Home) -> None:
    asker = home.signed_in("director")
    for page in PLAIN:
        body = asker.get(f"{page.path}?lang=en").text.partition("<main")[2].partition("</main>")[0]
        assert not CJK.search(body), page.path


def test_no_colour_stands_outside_the_tokens() -> None:
    for file in (*TEMPLATES, *SCENARIO.folder.glob("static/*.css")):
        text = re.sub(r'href="#[^"]*"|url\(#\w+\)', "", file.read_text("utf-8"))
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?=[\s;\"')])|\brgba?\(|\bhsla?\(", text), file.name


@pytest.mark.browser
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("size", "lang"), [(browsers.DESK, "zh-CN"), (browsers.PHONE, "en-US")])
def test_pages_in_a_browser(home: Home, served: str, chromium, size, lang) -> None:
    home.signed_in("director")
    window = browsers.Window(chromium, served, size, lang).sign_in("director", PASSWORD)
    for page in PLAIN:
        assert window.go(page.path) == 200, page.path
        window.page.wait_for_timeout(200)
        assert window.sideways() <= 0, page.path
        assert window.axe() == [], page.path
    assert window.foreign == []
    assert window.faults == []
    window.close()
