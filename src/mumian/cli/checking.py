"""`mumian check`: every house has its parts, manifest and code agree, docs name every setting, command and indicator."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mumian.core.kernel.settings import DEFAULTS

if TYPE_CHECKING:
    from mumian.core.scenario import Scenario

ROOMS = ("domain", "observe", "understand", "decide", "act", "prove", "pages", "cli")
DOCS = Path(__file__).resolve().parents[3] / "docs"


def faults(app: typer.Typer) -> list[str]:
    """Everything out of order, one sentence each."""
    from mumian import scenarios

    found = [fault for house in scenarios.ALL for fault in _house(house)]
    if not DOCS.is_dir():
        return [
            *found,
            "docs/ is not beside this installation: settings and commands could not be checked against it",
        ]
    docs = written()
    found += [fault for house in scenarios.ALL for fault in _documented(house, docs)]
    found += [f"setting {name} is in no document under docs/" for name in DEFAULTS if not named(name, docs)]
    found += [
        f"command `mumian {path}` is in no document under docs/"
        for path in commands(app)
        if not named(f"mumian {path}", docs)
    ]
    return found


def commands(app: typer.Typer, before: str = "") -> list[str]:
    """Every command's words after `mumian`."""
    own = [
        before + (c.name or c.callback.__name__.replace("_", "-"))
        for c in app.registered_commands
        if c.callback
    ]
    return own + [
        path
        for group in app.registered_groups
        if group.typer_instance
        for path in commands(group.typer_instance, f"{before}{group.name} ")
    ]


def named(word: str, docs: str) -> bool:
    """Whether `word` stands in `docs` as a word of its own: MUMIAN_DATA is not named by MUMIAN_DATABASE."""
    return re.search(rf"{re.escape(word)}(?![\w-])", docs) is not None


def written() -> str:
    """All documents in one text."""
    return "\n".join(file.read_text("utf-8") for file in sorted(DOCS.rglob("*.md")))


def _house(house: Scenario) -> Iterator[str]:
    for room in ROOMS:
        if not ((house.folder / f"{room}.py").exists() or (house.folder / room).is_dir()):
            yield f"{house.name}: room {room} is missing"
    file = house.folder / "manifest.toml"
    if not file.exists():
        yield f"{house.name}: manifest.toml is missing"
        return
    yield from _manifest(house, tomllib.loads(file.read_text("utf-8")))


def _manifest(house: Scenario, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Where the manifest and the code differ."""
    for what, said in (("name", house.name), ("clause", house.clause), ("title", dict(house.title))):
        if manifest.get(what) != said:
            yield f"{house.name}: {what} is {manifest.get(what)!r} in manifest.toml, {said!r} in the code"
    in_code = {
        "indicators": {i.id for i in house.indicators},
        "pages": {p.path for p in house.pages},
        "findings": set(house.policy().rules),
        "models": {card.parent.name for card in house.folder.rglob("models/*/card.json")},
    }
    for what, code in in_code.items():
        listed = set(manifest.get(what, []))
        yield from (f"{house.name}: {what[:-1]} {x} is in manifest.toml only" for x in sorted(listed - code))
        yield from (f"{house.name}: {what[:-1]} {x} is in the code only" for x in sorted(code - listed))
    if DOCS.is_dir():
        missing = [p for p in manifest.get("protocols", []) if not (DOCS / "protocols" / f"{p}.md").exists()]
        yield from (f"{house.name}: docs/protocols/{p}.md is missing" for p in missing)


def _documented(house: Scenario, docs: str) -> Iterator[str]:
    page = DOCS / "scenarios" / f"{house.name}.md"
    own = page.read_text("utf-8") if page.exists() else ""
    if not own:
        yield f"{house.name}: docs/scenarios/{house.name}.md is missing"
    yield from (
        f"{house.name}: indicator {i.id} is in no document" for i in house.indicators if not named(i.id, docs)
    )
    yield from (
        f"{house.name}: page {p.path} is not in docs/scenarios/{house.name}.md"
        for p in house.pages
        if own and f"`{p.path}`" not in own
    )
    yield from (
        f"{house.name}: finding {k} is not in docs/scenarios/{house.name}.md"
        for k in house.policy().rules
        if own and f"`{k}`" not in own
    )
