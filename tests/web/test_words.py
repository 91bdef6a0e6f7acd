"""Both languages: every sentence of the web's templates and tables has English; language is chosen as promised."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.web.conftest import Home

from mumian.core.kernel import words as kernel_words
from mumian.web import wording, words

WEB = Path(words.__file__).parent
CHINESE = r"[\u4e00-\u9fff]"


def test_every_sentence_of_the_templates_has_english() -> None:
    catalogue = words.Words()
    for file in (WEB / "templates").glob("*.html"):
        for _, sentence in re.findall(r"""\b_\(\s*(["'])(.*?)\1""", file.read_text("utf-8")):
            assert catalogue.knows(sentence), (file.name, sentence)


def test_every_sentence_that_python_builds_has_english() -> None:
    catalogue = words.Words()
    for file in (*WEB.glob("board*.py"), Path(kernel_words.__file__)):
        for sentence in built(ast.parse(file.read_text("utf-8"))):
            assert catalogue.knows(sentence), (file.name, sentence)


def built(tree: ast.Module) -> Iterator[str]:
    """Chinese in the code: not what documents it, and not the letters of a date, which is put together in each language."""
    silent = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    silent |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in silent and re.search(CHINESE, str(node.value)):
            yield str(node.value)


def test_every_fixed_word_has_english() -> None:
    catalogue = words.Words()
    for table in (
        wording.TIER,
        wording.TIER_ASKS,
        wording.STATE,
        wording.ORIGIN,
        wording.VERDICT,
        wording.ROLE,
        wording.VERB,
        wording.PART,
    ):
        for word in table.values():
            assert catalogue.knows(word), word


def test_translations_keep_their_placeholders() -> None:
    catalogue = words.Words()
    for chinese, english in catalogue._english.items():
        facts = [sorted(re.findall(r"%\(\w+\)s|\{\w+\}", said)) for said in (chinese, english)]
        assert facts[0] == facts[1], chinese


def test_english_tells_one_from_several(tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "x.po").write_text(
        'msgid "%(n)s 处"\nmsgid_plural "%(n)s 处"\nmsgstr[0] "%(n)s place"\nmsgstr[1] "%(n)s places"\n',
        encoding="utf-8",
    )
    told = words.Words([tmp_path])
    assert [told.say("en", "%(n)s 处", n=n) for n in (0, 1, "1", 2)] == [
        "0 places", "1 place", "1 place", "2 places",
    ]  # fmt: skip
    assert told.say("zh", "%(n)s 处", n=1) == "1 处"


def test_language_is_chosen_by_query_then_cookie_then_browser() -> None:
    assert words.choose("en", "zh", "zh") == "en"
    assert words.choose(None, "en", "zh") == "en"
    assert words.choose("fr", None, "fr;q=0.9, en-GB;q=0.8, zh;q=0.3") == "en"
    assert words.choose(None, None, "fr") == "zh"
    assert words.choose(None, None, "en;q=broken") == "zh"


def test_pages_speak_the_readers_language(home: Home) -> None:
    client = home.client()
    assert "<h2>登录</h2>" in client.get("/login").text
    english = client.get("/login?lang=en")
    assert '<html lang="en"' in english.text
    assert "<h2>Sign in</h2>" in english.text
    assert "<h2>Sign in</h2>" in client.get("/login").text  # kept
    assert not re.search(
        r"[\u4e00-\u9fff]", re.sub(r"<!--.*?-->|中文", "", english.text).split("<body")[1].replace("木棉", "")
    )


def test_faults_speak_it_too(home: Home) -> None:
    program = home.program("nurse")
    assert "No alarm" in program.get("/api/alarms/none?lang=en").json()["detail"]
    assert "没有" in program.get("/api/alarms/none").json()["detail"]
