"""Every page renders with no data, little data and a thousand residents, in both languages, and speaks English where asked."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from markupsafe import Markup
from tests.scenarios.eldercare.pages import homes

from mumian.core.kernel import words as kernel_words
from mumian.core.kernel.clock import ManualClock
from mumian.scenarios.eldercare.pages import (
    admission,
    burden,
    devices,
    handover,
    phone,
    resident,
    residents,
    staff,
    station,
    words,
)
from mumian.web.mounting import Typed
from mumian.web.static_files import StaticFiles
from mumian.web.templating import Templates
from mumian.web.words import Words

HOUSE = Path(station.__file__).parent.parent
NOW = homes.NOW_US
CJK = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
SAMPLES = {"empty": homes.empty, "small": homes.small, "reference": homes.reference, "full": homes.full}
NUMERALS = {
    "零一二三四五六七八九",
    "两",
    "十",
    "负",
    "地下",
    "楼",
    "层",
}  # read from names of places, never shown


def contexts(s, w):
    def signals(_):
        return s.acceleration, s.heart

    pages = {
        "station": station.context(s.home, s.alarms, NOW, w, me="n1", floor="", chosen="", signals=signals),
        "phone": phone.context(
            s.home,
            s.alarms,
            NOW,
            w,
            me="c1",
            called=[a["id"] for a in s.alarms[:1]],
            tasks=[],
            signals=signals,
        ),
        "residents": residents.context(s.home, s.alarms, {}, NOW, w),
        "admission": admission.context(s.home, None, [], [], NOW, w),
        "devices": devices.context([], [], {}, NOW, w) | devices.choices([], [], w) | {"may_write": True},
        "staff": staff.context(s.home.staff, s.home.duties, s.home.floors(), {}, staff.monday_us(NOW), NOW, w)
        | {"may_shift": True},
        "burden": burden.context([], {}, {}, "7", "", NOW, w),
        "handover": handover.context(s.home, s.alarms, [], NOW, w),
    }
    if s.home.residents:
        who = s.home.residents[0]
        read = resident.Dossier([a for a in s.alarms if a["person"] == who.id], may_read=True)
        pages["resident"] = resident.context(who, s.home, read, NOW, w, signals)
    return pages


AROUND = {
    "theme": "light", "theme_chosen": True, "hears": True, "principal": None, "places": [], "phone_places": 4, "here": "",
    "down": [], "said": "", "error": None, "colleagues": [], "csrf": lambda: Markup(""), "csrf_token": "", "stream_head": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def templates():
    static = StaticFiles({"eldercare": HOUSE / "static"})
    return Templates(Words([HOUSE]), ManualClock(NOW), static, [HOUSE / "templates"])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_all_pages_render(templates, sample, lang):
    for name, context in contexts(SAMPLES[sample](), words.of(lang)).items():
        html = templates.render(
            f"eldercare/{name}.html", lang, {**AROUND, "title": name, "typed": Typed({}), **context}
        )
        assert "<main" in html
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), f"{name} has an inline script"
        assert not re.search(r"\son\w+=", html), f"{name} has an inline handler"
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), f"{name} uses an id twice"


def test_the_duty_page_without_alarms_wears_no_alarm_colour(templates):
    sample = homes.Sample(homes.reference().home)
    html = templates.render(
        "eldercare/station.html", "zh", {**AROUND, "title": "", **contexts(sample, words.of("zh"))["station"]}
    )
    body = html[html.index("<main") : html.index("</main>")]
    assert not re.search(r"--mm-(high|medium|low)|mm-tier--|mm-flash", body)


def test_no_colour_stands_outside_the_tokens():
    css = (HOUSE / "static" / "eldercare.css").read_text("utf-8")
    for file in [css, *(f.read_text("utf-8") for f in (HOUSE / "templates").rglob("*.html"))]:
        assert not re.search(
            r"#[0-9a-fA-F]{3,8}\b(?=[\s;\"')])|\brgba?\(|\bhsla?\(",
            re.sub(r'href="#[^"]*"|url\(#\w+\)', "", file),
        )


def sentences():
    """Every Chinese sentence of pages and templates."""
    for file in (*sorted((HOUSE / "pages").glob("*.py")), Path(kernel_words.__file__)):
        yield from spoken(ast.parse(file.read_text("utf-8")))
    for file in sorted((HOUSE / "templates").rglob("*.html")):
        yield from (m[1] for m in re.findall(r"""_\((["'])(.+?)\1""", file.read_text("utf-8")))


def spoken(tree):
    silent = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    silent |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in silent
            and CJK.search(node.value)
        ):
            yield node.value


def test_every_sentence_has_an_english_one_with_the_same_facts():
    english, _ = words._catalogue("en")
    titles = {
        t
        for page in __import__("mumian.scenarios.eldercare.pages", fromlist=["PAGES"]).PAGES
        for t in page.title.values()
    }
    for text in set(sentences()) - NUMERALS - titles:
        assert text in english, f"no English for {text!r} in locale/en/LC_MESSAGES/eldercare.po"
        facts = [set(re.findall(r"\{\w+\}|%\(\w+\)s", said)) for said in (text, english[text])]
        assert facts[0] == facts[1], text


def test_words_of_time_and_number():
    w, en = words.of("zh"), words.of("en")
    second = 1_000_000
    assert [w.age(NOW - s * second, NOW) for s in (47, 4320, 100_000)] == [
        "00:47",
        "1 小时 12 分",
        "1 天 3 小时",
    ]
    assert en.age(NOW - 4320 * second, NOW) == "1 h 12 min"
    assert [w.span(s) for s in (34, 60, 125, 4320)] == ["34 秒", "1 分", "2 分 5 秒", "1 小时 12 分"]
    assert (w.date(NOW), en.date(NOW), w.time(NOW)) == ("2026年11月24日", "24 Nov 2026", "14:05")
    days = [w.when(NOW - n * 86_400 * second, NOW) for n in (0, 1, 365)]
    assert days == ["14:05", "11月23日 14:05", "2025年11月24日 14:05"]
    assert w.figure(-10000) == "−10\u2009000"
    assert words.parse_local("2026-11-24T14:05") == NOW - 32 * second
    assert words.parse_local("gestern") is None
