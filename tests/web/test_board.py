"""The indicator board: bounds beside values, origins apart, no verdict without evidence; every house of the home, and one alone."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests import browser as browsers
from tests.core.registry.homes import SMALL
from tests.web.conftest import PASSWORD, Home, csrf_of, serving
from tests.web.house import StandIn
from tests.web.test_pages import post

from mumian import scenarios, web
from mumian.core import registry
from mumian.core.kernel import settings as all_settings
from mumian.core.kernel.clock import SECOND_US
from mumian.core.kernel.words import Words
from mumian.core.prove import Estimate, census, definition, figure, figures, proportion, rate
from mumian.core.scenario import Scenario
from mumian.core.store import Store, events, ledger
from mumian.web import board, board_detail, board_words, frame, words

W = Words("zh")
NOW = 1_764_000_000 * SECOND_US
ELDERCARE, POWERLINE = scenarios.of(["eldercare"])[0], scenarios.of(["powerline"])[0]
BOTH = (POWERLINE, ELDERCARE)


def row(name: str, estimate: Estimate, origin: str) -> dict[str, Any]:
    made = figure.of(
        definition.find(name), estimate, origin=origin, period=(NOW - 1, NOW), digests=["ab" * 32], models=[], computed_us=NOW,
    )  # fmt: skip
    return {**made.as_json(), "void": None, "figure": "F-1"}


def shown(rows: Sequence[Any], chosen: str = "", houses: Sequence[Scenario] = BOTH) -> dict[str, Any]:
    return board.context(houses, rows, chosen, NOW, W, tree=(7, "ab"))


def lines(context: dict[str, Any]) -> dict[str, Any]:
    return {line.id: line for group in context["groups"] for line in group.lines}


def test_the_board_claims_what_the_strongest_origin_carries() -> None:
    recall = "eldercare.fall_recall"
    seen = shown([row(recall, proportion(7, 7), "field"), row(recall, proportion(250, 250), "replay")])
    (line,) = lines(seen).values()
    assert line.cells["field"].verdict == "thin"
    assert line.verdict == "demonstrated"
    assert line.cells["simulation"] is None
    assert "还不算达标" in seen["detail"].say[0]
    assert "零差错就过线" in seen["detail"].say[0]


def test_void_and_blank_figures_show_no_value() -> None:
    void = {**row("eldercare.fall_recall", proportion(60, 60), "field"), "verdict": "void", "value": None, "lower": None,
            "upper": None, "void": {"zh": "段 x 不见了", "en": "gone"}}  # fmt: skip
    by = lines(shown([void, figures._blank(ELDERCARE.indicators[0])]))
    assert by["eldercare.fall_recall"].verdict == "void"
    assert shown([void])["detail"].void == "段 x 不见了"
    assert by["eldercare.fall_recall"].cells["field"].value == "—"
    assert all(c is None for c in by[ELDERCARE.indicators[0].id].cells.values())


def test_what_no_origin_has_is_told_apart() -> None:
    recall = "eldercare.fall_recall"
    assert shown([row(recall, proportion(0, 0), "field")])["detail"].say == (
        "封存的记录里还没有这样的一例。",
    )
    blank = figures._blank(definition.find(recall))
    assert shown([blank])["detail"].say == ("还没有封存的证据。数据封存后按“重新计算”。",)


def test_an_estimate_without_a_value_says_so_and_why() -> None:
    unseen = Estimate(
        None, 3, None, None, "order-statistic", 0, "2 surveys with hazards were never seen", 0.95
    )
    seen = shown([row("powerline.alert_latency", unseen, "simulation")])
    assert seen["detail"].say == ("仿真：还算不出数。",)
    assert seen["detail"].petals[2][2] == "2 次查出隐患的测量还没有人看过"
    assert seen["detail"].ruler.marks == ()


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.9523, "ratio", "0.952"), (1038, "person", "1\u2009038"), (0.1234, "1/d", "0.12"), (34.26, "s", "34.3"), (0.347, "s", "0.35"),
        (-0.25, "ratio", "−0.250"), (None, "s", "—"),
    ],
)  # fmt: skip
def test_figures_have_the_decimals_of_their_unit(value: float | None, unit: str, said: str) -> None:
    assert board_words.figure_words(value, unit, W) == said


@pytest.mark.parametrize("house", scenarios.ALL, ids=lambda house: house.name)
def test_goals_and_units_of_every_indicator_read_well(house: Scenario) -> None:
    for lang in ("zh", "en"):
        w = words.Words([h.folder for h in scenarios.ALL]).sentences(lang)
        for each in house.indicators:
            said = board_words.goal_words(str(each.goal), each.unit, w)
            assert re.fullmatch(r"[≥≤=] [\d\u2009.]+( \S+)?", said), (each.id, said)
            assert each.unit in board_words.UNITS, each.id
            assert lang == "zh" or said.isascii() or not re.search(r"[\u4e00-\u9fff]", said), (each.id, said)
    assert board_words.goal_words(">=0.7", "ratio", W) == "≥ 0.70"
    assert board_words.goal_words("<=2", "s", W) == "≤ 2 秒"


def test_rulers_hold_every_bound() -> None:
    worse = Estimate(-0.4, 2, -0.4, -0.4, "census", 8)  # more was kept than was taken
    for each in (
        row("eldercare.residents_served", census(1038), "field"), row("eldercare.false_alarms_per_hour", rate(9, 31), "field"),
        row("powerline.data_reduction", worse, "replay"),
    ):  # fmt: skip
        (mark,) = shown([each])["detail"].ruler.marks
        assert (
            board_detail.LEFT <= mark.low <= mark.value <= mark.high <= board_detail.LEFT + board_detail.WIDTH
        )


def test_houses_stand_in_the_plans_order_and_only_those_of_the_home() -> None:
    rows = [figures._blank(i) for house in reversed(BOTH) for i in house.indicators]
    seen = shown(rows)
    assert [group.house.name for group in seen["groups"]] == ["powerline", "eldercare"]
    assert list(lines(seen)) == [i.id for house in BOTH for i in house.indicators]
    assert seen["selected"].id == POWERLINE.indicators[0].id
    assert list(lines(shown(rows, houses=[ELDERCARE]))) == [i.id for i in ELDERCARE.indicators]
    assert sum(count for *_, count in seen["tally"]) == seen["n"] == len(rows)


# ---- over the real store and the real web ----------------------------------------------------------------------------------


Running = Callable[..., Home]


@pytest.fixture
def running(store: Store) -> Running:
    """The web of a home that runs these houses; its page `/account` bears the form's token."""

    def make(*houses: Scenario) -> Home:
        registry.site.load(store, SMALL, dry_run=False)
        settings = replace(all_settings.load({}), home=store.home)
        live = StandIn(settings)
        return Home(store, web.create(store, settings, store.clock, houses, live), live)

    return make


def flown(store: Store, kept: int, original: int, origin: str = "replay", flight: str = "F-1") -> None:
    """A flight's line in the byte ledger, as the house writes it."""
    body = {"flight": flight, "original_bytes": original, "kept_bytes": kept, "photos": 40, "audited": 2}
    with store.tx() as cur:
        events.append(cur, "powerline_flight", store.clock.now_us(), origin, flight, body)


def main_of(page: str) -> str:
    return page[page.index("<main") : page.index("</main")]


def places_of(page: str) -> list[str]:
    rail = page[page.index('class="mm-rail"') : page.index("</nav>")]
    return re.findall(r'<a href="([^"]+)"[^>]*data-goto', rail)


def test_two_houses_on_one_board(running: Running) -> None:
    home = running(*BOTH)
    flown(home.store, 20, 100)
    director = home.signed_in("director")
    done = post(director, "/indicators", id="powerline.data_reduction")
    assert done.headers["location"] == "/indicators?id=powerline.data_reduction"
    page = director.get(done.headers["location"]).text
    assert "已重新计算并签名" in page
    assert re.findall(r'scope="rowgroup">(\S+) <span>([^<]+)<', page) == [
        ("无人机电力巡检", "四(一)"), ("智慧养老", "四(八)"),
    ]  # fmt: skip
    assert re.findall(r'data-row="([^"]+)"', page) == [i.id for house in BOTH for i in house.indicators]
    chosen = page[page.index('aria-current="true" data-row') :].split("</tr>")[0]
    assert "0.800" in chosen
    assert "已演示" in chosen
    assert "回放：0.800，过目标 ≥ 0.70。" in page  # a census is its own bound
    assert "40 张照片，留 2 张原片抽查，原片共 100 字节" in page
    assert "2 个场景" in page
    assert places_of(page).count("/indicators") == 1
    assert places_of(page).index("/indicators") == frame.BOARD_AT


def test_each_houses_figures_are_computed(running: Running) -> None:
    home = running(*BOTH)
    flown(home.store, 20, 100)
    post(home.signed_in("director"), "/indicators")
    found = [f for house in BOTH for f in figures.current(home.store, house.name)]
    assert {f["id"] for f in found if f["figure"]} == {i.id for house in BOTH for i in house.indicators}
    said = {house.name: house.remark for house in BOTH}
    for note, remark in {(f["note"], said[f["id"].split(".")[0]]) for f in found if f["note"]}:
        assert not re.search(r"[a-z]{2}", remark(note, "zh")), note
        assert remark(note, "en") == note


def test_one_house_alone_speaks_for_itself(running: Running) -> None:
    home = running(POWERLINE)
    flown(home.store, 20, 100)
    auditor = home.signed_in("auditor")
    post(auditor, "/indicators")
    page = auditor.get("/indicators").text
    assert "无人机电力巡检 · 四(一)" in page
    assert "rowgroup" not in page
    assert re.findall(r'data-row="([^"]+)"', page) == [i.id for i in POWERLINE.indicators]
    assert "养老" not in page
    made = {f["id"].split(".")[0] for f in figures.current(home.store) if f["figure"]}
    assert made == {"powerline"}
    english = auditor.get("/indicators?lang=en&id=powerline.data_reduction").text
    assert not re.search(r"[\u4e00-\u9fff]", main_of(english).replace("四(一)", ""))
    assert auditor.get("/eldercare/indicators").status_code == 404


def test_a_home_without_indicators_is_told_so(home: Home) -> None:
    page = home.signed_in("director").get("/indicators").text
    assert "还没有指标" in page
    assert 'href="/indicators" aria-current="page"' in page


def test_nothing_can_be_typed_and_an_export_holds_the_signed_figure(running: Running) -> None:
    home = running(*BOTH)
    flown(home.store, 20, 100)
    director = home.signed_in("director")
    post(director, "/indicators")
    page = director.get("/indicators?id=powerline.data_reduction").text
    assert not re.search(r'<input(?![^>]*type="hidden")|<textarea|<select', main_of(page))
    named = re.search(r'name="figure" value="([^"]+)"', page)
    assert named
    answer = export(director, named[1])
    link = re.search(r'href="data:application/json;base64,([^"]+)"', answer.text)
    assert link
    document = json.loads(b64decode(link[1]))
    assert document["figure"]["value"] == pytest.approx(0.8)
    assert document["envelope"]["signatures"]
    lost = export(director, "F-none")
    assert lost.status_code == 404
    assert 'data-row="powerline.data_reduction"' in lost.text
    assert ledger.head(home.store)[0] > 0


def export(client: TestClient, figure: str) -> Any:
    form = {"id": "powerline.data_reduction", "figure": figure, "csrf": csrf_of(client.get("/account").text)}
    return client.post("/indicators/export", data=form, headers={"Origin": str(client.base_url)})


def test_who_may_read_figures_has_the_board_on_the_rail(running: Running) -> None:
    home = running(*BOTH)
    for role, allowed in (
        ("director", True),
        ("nurse", True),
        ("auditor", True),
        ("admin", True),
        ("caregiver", False),
    ):
        client = home.signed_in(role)
        assert ("/indicators" in places_of(client.get("/account").text)) == allowed, role
        assert (client.get("/indicators").status_code == 200) == allowed, role


@pytest.mark.browser
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("size", "lang"), [(browsers.DESK, "zh-CN"), (browsers.PHONE, "en-US")])
def test_a_row_opens_and_r_computes_anew(
    running: Running, chromium: Any, size: dict[str, int], lang: str
) -> None:
    home = running(*BOTH)
    flown(home.store, 20, 100)
    flown(home.store, 10, 100, "simulation", "F-2")
    with serving(home.app) as address:
        home.signed_in("director")
        window = browsers.Window(chromium, address, size, lang).sign_in("director", PASSWORD)
        assert window.go("/indicators") == 200
        window.faults.clear()  # the first place is a page that follows vehicles, and nothing flies here
        page = window.page
        # on a phone the row's link lies over all of it
        page.click('[data-row="powerline.data_reduction"] .board__fin', force=True)
        page.wait_for_url("**/indicators?id=powerline.data_reduction#why")
        assert page.locator("[data-row].is-selected .mm-num").count() == 0
        page.keyboard.press("r")
        page.wait_for_selector("[data-row].is-selected .mm-num")
        assert page.locator("[data-row].is-selected .mm-num").all_inner_texts() == ["0.800", "0.900"]
        assert page.locator(".proven__ruler circle").count() == 2
        assert window.sideways() <= 0
        assert window.axe() == []
        assert (window.foreign, window.faults) == ([], [])
        if size == browsers.DESK:
            page.evaluate("document.querySelector('.mm-work').scrollTop = 9")
            assert page.evaluate("document.querySelector('.mm-work').scrollTop") == 0
        window.close()
