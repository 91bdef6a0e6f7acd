"""The reader's language: Chinese sentences are the message ids, English comes from `.po` catalogues read at start.

No compiled catalogues lie in the repository; a sentence without a translation is shown in Chinese, never as a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from mumian.core.kernel import catalogue
from mumian.core.kernel import words as kernel

LANGUAGES = ("zh", "en")
HERE = Path(__file__).parent


class Words:
    """Translations of the web and of every scenario that stands."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        """`folders` hold `locale/en/LC_MESSAGES/*.po`; the later ones win."""
        self._english: dict[str, str] = {}
        self._one: dict[str, str] = {}
        for folder in (HERE, *folders):
            for file in sorted(folder.glob("locale/en/LC_MESSAGES/*.po")):
                several, one = catalogue.read(file)
                self._english |= several
                self._one |= one

    def say(self, lang: str, text: str, **facts: object) -> str:
        """`text` in `lang`, with `%(name)s` replaced by the facts; the fact `n` chooses between one and several."""
        found = self._english.get(text, text) if lang == "en" else text
        if lang == "en" and str(facts.get("n")) == "1":
            found = self._one.get(text, found)
        return found % facts if facts else found

    def sentences(self, lang: str) -> kernel.Words:
        """The same for Python that builds sentences: facts as `{name}`, and the forms of figures and dates."""
        return kernel.Words(lang, self._english, self._one)

    def knows(self, text: str) -> bool:
        """Whether `text` has an English sentence."""
        return bool(self._english.get(text))


def choose(query: str | None, cookie: str | None, accepted: str) -> str:
    """`?lang=` before the cookie before Accept-Language; Chinese when none of them says otherwise."""
    for wish in (query, cookie):
        if wish in LANGUAGES:
            return wish
    return _preferred(accepted)


def _preferred(accepted: str) -> str:
    ranked: list[tuple[float, str]] = []
    for part in accepted.split(","):
        tag, _, weight = part.partition(";q=")
        try:
            ranked.append((float(weight) if weight else 1.0, tag.strip().lower()))
        except ValueError:
            continue
    for _, tag in sorted(ranked, key=lambda pair: -pair[0]):
        if tag.split("-")[0] in LANGUAGES:
            return tag.split("-")[0]
    return "zh"


def titles(title: Mapping[str, str], lang: str) -> str:
    """A scenario's or page's title in `lang`, Chinese where it has no other."""
    return title.get(lang) or title.get("zh") or next(iter(title.values()), "")
