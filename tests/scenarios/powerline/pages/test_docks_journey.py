"""The docks' page through the real interface: a dock is seen, ordered open, hurt, mended by nobody; a whole cycle runs and counts."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, sync_playwright
from tests.browser import AXE, CHROMIUM, DESK, FLAGS, PHONE
from tests.running import Home, serving
from tests.sites import small_home

CJK = re.compile(r"[\u3000-\u9fff\uff00-\uffef]+")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def site(*docks: str) -> dict[str, Any]:
    made = small_home(bands=1)
    made["devices"] += [{"id": sn, "kind": "dock", "place": "r1", "origin": "simulation"} for sn in docks]
    return made


@contextlib.contextmanager
def dock(home: Home, sn: str, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    word, port = home.credentials[sn]["password"], urlsplit(home.ready["mqtt"]).port
    command = [sys.executable, "-m", "mumian.worlds.powerline.dock", "--mqtt", f"mqtt://{sn}:{word}@127.0.0.1:{port}", "--sn", sn,
               "--speed", "12", "--flight-s", "20", *more]  # fmt: skip
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.terminate()
        child.wait()


@contextlib.contextmanager
def looking(
    home: Home, path: str = "/powerline/docks", size: Any = DESK, lang: str = "zh-CN"
) -> Iterator[Page]:
    token = home.run("token", "director", "--staff", "d1").stdout.strip()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport=size, locale=lang, bypass_csp=True).new_page()
        page.set_extra_http_headers({"Authorization": f"Bearer {token}", "Accept-Language": lang})
        page.goto(home.ready["url"] + path)
        yield page
        browser.close()


def hold(page: Page, order: str) -> None:
    page.focus(f'[data-order="{order}"]')
    page.keyboard.down(" ")
    time.sleep(1.15)
    page.keyboard.up(" ")


def until(page: Page, what: str, seconds: float = 20) -> None:
    """Wait until the page holds `what`."""
    page.wait_for_function("what => document.body.innerText.includes(what)", arg=what, timeout=seconds * 1000)


def shown(page: Page) -> list[str]:
    """The orders that are offered."""
    return list(
        page.eval_on_selector_all(
            "[data-order]", "all => all.filter(b => !b.hidden).map(b => b.dataset.order)"
        )
    )


def test_a_dispatcher_sees_a_dock_opens_it_and_is_told_what_forbids(tmp_path):
    with serving(tmp_path, MUMIAN_HOUSES="eldercare,powerline") as home:
        home.load(site("D-A", "D-B"))
        with dock(home, "D-A", "--fault", "gust@300"), looking(home) as page:
            until(page, "待命")
            assert page.inner_text('[data-one="origin"]') == "仿真"
            assert "还没有听到过" in page.inner_text('[data-dock="D-B"]')
            assert "putter_open" not in shown(page)  # the cover is shut: an interlock
            assert "舱盖未全开" in page.inner_text('[data-one="locks"]')
            hold(page, "cover_open")
            until(page, "机巢已应答：开舱盖")
            until(page, "舱盖 · 开")
            assert page.get_attribute("[data-drawing]", "data-cover") == "open"
            log = page.inner_text('[data-one="log"]')
            assert "周主任 下令：开舱盖" in log
            assert "putter_open" in shown(page)  # and now it may be ordered
            assert "cover_open" not in shown(page)
            until(page, "故障：大风", 60)
            assert "机巢有故障" in page.inner_text('[data-one="locks"]') or "风速超限" in page.inner_text(
                '[data-one="locks"]'
            )
            assert "cycle" not in shown(page)
            with home.api("director", "d1") as api:
                health = api.get("/healthz").json()
                part = health["parts"]["docks"] if "parts" in health else health["docks"]
                assert part["ok"] and part["docks"] == 2 and part["silent"] == 1


def test_a_cycle_runs_by_itself_and_is_counted_as_simulation(tmp_path):
    with serving(tmp_path, MUMIAN_HOUSES="eldercare,powerline") as home:
        home.load(site("D-A"))
        with dock(home, "D-A"), looking(home) as page:
            until(page, "待命")
            hold(page, "cycle")
            until(page, "循环开始了")
            until(page, "正在开舱起飞")
            assert shown(page) == ["stop"]
            until(page, "中间没有人下令", 60)
            assert page.get_attribute("[data-drawing]", "data-cover") == "closed"
        home.run("seal")
        figures = json.loads(home.run("indicators", "--json").stdout)
        mine = [f for f in figures if f["id"] == "powerline.unattended_cycles"]
        assert [(f["origin"], f["n"], f["k"]) for f in mine if f["n"]] == [("simulation", 1, 1)]
        with home.api("director", "d1") as api:
            listed = api.get("/api/indicators").json()
            listed = listed if isinstance(listed, list) else listed["indicators"]
            assert "powerline.unattended_cycles" in {f["id"] for f in listed}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_none_few_and_twenty_docks_are_legible_in_both_languages(tmp_path, size):
    names = [f"DOCK-{n:02d}" for n in range(1, 21)]
    with serving(tmp_path, MUMIAN_HOUSES="eldercare,powerline") as home:
        home.load(site())
        with looking(home, size=size) as page:
            until(page, "没有登记机巢")
        home.load(site(*names))
        with dock(home, "DOCK-20", "--fault", "cover-jam@1"):
            for lang, never, faulty in (
                ("zh-CN", "还没有听到过", "舱盖卡住"),
                ("en-US", "Never heard", "cover stuck"),
            ):
                with looking(home, size=size, lang=lang) as page:
                    until(page, faulty)
                    assert page.inner_text("[data-rows]").count(never) == 19
                    assert "DOCK-20" in page.inner_text(
                        "[data-rows] li:first-child"
                    )  # who needs somebody stands first
                    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
                    page.add_script_tag(content=AXE.read_text("utf-8"))
                    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then(r => r.violations.map(v => v.id))")  # fmt: skip
                    assert found == []
                    if lang == "en-US":
                        assert not CJK.findall(page.inner_text("#work").replace("301", ""))
