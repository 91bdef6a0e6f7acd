"""What stands around every page: places of the rail, health, theme, the token for forms, what was said once.

It knows no scenario: places come from the pages that scenarios declare with nav=True, and from the web's own two.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from markupsafe import Markup
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from mumian.web import permissions, words
from mumian.web.visitor import YEAR_S, Visitor, cookies

if TYPE_CHECKING:
    from mumian.web.site import Site

PLACES = 7  # a rail of more is a list, and a list is read, not hit
PHONE_PLACES = 4  # and `more`
BOARD_AT = (
    PLACES - 2
)  # the figures of all houses stand last before `more`, however many places the houses have
HEARS = permissions.ALARM_ACT  # who may answer an alarm hears it
SAID_S = 60


def around(site: Site, request: Request, visitor: Visitor, title: str) -> dict[str, Any]:
    """The frame's context for one page."""
    principal = visitor.principal
    hears = site.can(principal, HEARS)
    return {
        "title": title,
        "notice": "",
        "here": request.url.path,
        "principal": principal,
        "user_name": visitor.signed.user_name if visitor.signed else "",
        "theme": visitor.theme,
        "theme_chosen": visitor.theme_chosen,
        "csrf_token": visitor.csrf,
        "csrf": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(visitor.csrf),
        **_rail(places(site, visitor, request.url.path)),
        "hears": hears,
        "down": down(site, visitor.lang),
        "stream_head": _head(site) if hears else 0,
        "said": unquote(cookies(Headers(scope=request.scope)).get("said", "")),
        "can": lambda action: site.can(principal, action),
        "query": request.query_params,
    }


def _rail(found: list[dict[str, Any]]) -> dict[str, Any]:
    """All places where they fit; else the first of them and `more`."""
    fits = len(found) <= PLACES
    return {
        "places": found if fits else found[: PLACES - 1],
        "phone_places": PHONE_PLACES,
        "more_places": not fits,
        "in_more": not fits and any(place["here"] for place in found[PLACES - 1 :]),
    }


def places(site: Site, visitor: Visitor, here: str) -> list[dict[str, Any]]:
    """The places this visitor may enter, each with a letter for `G`."""
    out: list[dict[str, Any]] = []
    letters: set[str] = set()
    for path, word, icon, permission in _declared(site, visitor.lang):
        if site.can(visitor.principal, permission):
            inside = here == path or here.startswith(path.rstrip("/") + "/")
            out.append(
                {"path": path, "word": word, "icon": icon, "key": _letter(path, letters), "here": inside}
            )
    return out


def _declared(site: Site, lang: str) -> list[tuple[str, str, str, str]]:
    """(path, word, icon, permission): the houses' places in their order, and the web's own among and after them."""
    found = [(p.path, words.titles(p.title, lang), p.icon, p.permission) for p in site.pages if p.nav]
    found.insert(
        BOARD_AT, ("/indicators", site.words.say(lang, "指标"), "i-proof", permissions.INDICATOR_READ)
    )
    return [*found, ("/accounts", site.words.say(lang, "帐号"), "i-staff", permissions.ACCOUNT_WRITE)]


def _letter(path: str, taken: set[str]) -> str:
    wanted = path.rsplit("/", 1)[-1] + string.ascii_lowercase
    letter = next(c for c in wanted.lower() if c in string.ascii_lowercase and c not in taken)
    taken.add(letter)
    return letter


def down(site: Site, lang: str) -> list[str]:
    """Parts that are down, by their names in the reader's language."""
    from mumian.web.wording import PART

    return [
        site.words.say(lang, PART.get(name, name))
        for name, state in site.live.health().items()
        if not state.get("ok")
    ]


def _head(site: Site) -> int:
    from mumian.core.decide import stream

    return stream.head(site.store)


def keep_wishes(request: Request, answer: Response, site: Site) -> None:
    """Keep `?lang=`; forget what was said, now that it has been shown."""
    wish = request.query_params.get("lang")
    if wish in words.LANGUAGES:
        keep(request, answer, "lang", wish)
    if "said" in request.cookies and "fragment" not in request.query_params:
        answer.delete_cookie("said", path="/")


def keep(request: Request, answer: Response, name: str, value: str, seconds: int = YEAR_S) -> None:
    """Set a cookie as all of ours are: HttpOnly, SameSite=Lax, Secure under TLS."""
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def say_once(request: Request, answer: Response, said: str) -> None:
    """Show `said` on the next page."""
    if said:
        keep(request, answer, "said", quote(said), SAID_S)
