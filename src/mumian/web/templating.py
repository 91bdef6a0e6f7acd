"""Templates: one environment a language, with the parts' functions as globals; values are escaped always.

A page asked with `?fragment=NAME,…` renders those blocks alone, so that a script can renew one panel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup

from mumian.core.kernel import clock
from mumian.core.kernel.clock import Clock
from mumian.core.kernel.errors import NotFound
from mumian.web import draw, wording
from mumian.web.static_files import StaticFiles
from mumian.web.words import LANGUAGES, Words

HERE = Path(__file__).parent


class Templates:
    """Renders a template of the web or of a scenario in the reader's language."""

    def __init__(
        self, words: Words, clock: Clock, static: StaticFiles, folders: Sequence[Path], root: str = ""
    ) -> None:
        """`folders` are scenarios' template folders; a scenario's templates never shadow the web's own."""
        only = ChoiceLoader([FileSystemLoader([HERE / "templates", *folders])])
        self._whole = {lang: _environment(only, lang, words, clock, static, root) for lang in LANGUAGES}
        self._part = {
            lang: _environment(_Fragments(only), lang, words, clock, static, root) for lang in LANGUAGES
        }

    def render(self, name: str, lang: str, context: Mapping[str, Any], fragment: str | None = None) -> str:
        """The page, or one block of it. Raises NotFound for a block that the page does not have."""
        if fragment is None:
            return self._whole[lang].get_template(name).render(context)
        return self._part[lang].get_template(name).render({**context, "fragment": fragment})


class _Fragments(ChoiceLoader):
    """Hands out fragment.html where shell.html is extended."""

    def __init__(self, inner: ChoiceLoader) -> None:
        super().__init__([inner])

    def get_source(self, environment: Environment, template: str) -> Any:
        return super().get_source(environment, "fragment.html" if template == "shell.html" else template)

    def load(self, environment: Environment, name: str, globals: Any = None) -> Any:
        return super().load(environment, "fragment.html" if name == "shell.html" else name, globals)


def _environment(
    loader: ChoiceLoader, lang: str, words: Words, clock_: Clock, static: StaticFiles, root: str
) -> Environment:
    environment = Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    say = partial(words.say, lang)
    environment.globals |= {
        "_": say, "lang": lang, "url": lambda path: root + path, "static": lambda path: root + static.url(path),
        # Modules import each other by bare name; an address with a hash would load the same one twice.
        "module": lambda path: f"{root}/static/{path}",
        "now_us": clock_.now_us, "parse_us": _parse_us, "iso": clock.iso,
        "time_of": draw.time_of, "day": partial(draw.day, lang=lang),
        "moment": lambda us: draw.moment(us, clock_.now_us(), lang),
        "age_text": lambda us: draw.age_text(us, clock_.now_us(), lang),
        "spent": lambda step: draw.spent(step, clock_.now_us()),
        "number": draw.number, "short": draw.short, "caliper_at": draw.caliper_at,
        "bound_words": lambda figure: wording.bound_words(say, figure, draw.number),
        "goal_words": lambda figure: wording.goal_words(say, figure, draw.number),
        "csrf": lambda: Markup(""), "no_fragment": _no_fragment,
    }  # fmt: skip
    tables: dict[str, Mapping[Any, str]] = {
        "tier_word": wording.TIER, "tier_asks": wording.TIER_ASKS, "state_word": wording.STATE, "verb": wording.VERB,
        "origin_word": wording.ORIGIN, "verdict_word": wording.VERDICT, "role_word": wording.ROLE,
        "part_word": wording.PART,
    }  # fmt: skip
    environment.globals |= {name: wording.lookup(table, say) for name, table in tables.items()}
    return environment


def _parse_us(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    return clock.parse(value)


def _no_fragment(name: str) -> str:
    raise NotFound(what="fragment", id=name[:64])
