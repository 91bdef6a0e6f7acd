"""A real Chromium for journeys: pages at desk and phone size, with every request and every axe finding noted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).resolve().parents[1] / "node_modules" / "axe-core" / "axe.min.js"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Window:
    """One person's browser window."""

    def __init__(self, browser: Browser, base: str, size: dict[str, int], lang: str = "zh-CN") -> None:
        self.base, self.foreign, self.faults = base, list[str](), list[str]()
        self._context = browser.new_context(
            viewport=size, locale=lang, timezone_id="Asia/Shanghai", bypass_csp=True
        )
        self.page: Page = self._context.new_page()
        self.page.on("request", self._asked)
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _asked(self, request: Any) -> None:
        if urlsplit(request.url).netloc not in ("", urlsplit(self.base).netloc):
            self.foreign.append(request.url)

    def sign_in(self, user: str, password: str) -> Window:
        self.go("/login")
        self.page.fill("input[name=user]", user)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/login" not in url)
        return self

    def go(self, path: str) -> int:
        answer = self.page.goto(self.base + path)
        return answer.status if answer else 0

    def sideways(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def axe(self) -> list[str]:
        """WCAG 2.2 A and AA violations, as "rule: first element"."""
        self.page.add_script_tag(content=AXE.read_text("utf-8"))
        found = self.page.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then(r => r.violations)"
        )
        return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]

    def close(self) -> None:
        self._context.close()
