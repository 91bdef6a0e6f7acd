"""The reader's language: Chinese sentences are the message ids, English comes from `.po` catalogues read at start.

No compiled catalogues lie in the repository; a sentence without a translation is shown in Chinese, never as a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")
HERE = Path(__file__).parent


class Words:
    """Translations of the web and of every scenario that stands."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        """`folders` hold `locale/en/LC_MESSAGES/*.po`; the later ones win."""
        self._english: dict[str, str] = {}
        for folder in (HERE, *folders):
            for file in sorted(folder.glob("locale/en/LC_MESSAGES/*.po")):
                self._english |= _read(file)

    def say(self, lang: str, text: str, **facts: object) -> str:
        """`text` in `lang`, with `%(name)s` replaced by the facts."""
        found = self._english.get(text, text) if lang == "en" else text
        return found % facts if facts else found

    def knows(self, text: str) -> bool:
        """Whether `text` has an English sentence."""
        return bool(self._english.get(text))


def _read(file: Path) -> dict[str, str]:
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale="en")
    return {
        m.id: m.string for m in catalogue if isinstance(m.id, str) and isinstance(m.string, str) and m.string
    }


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
