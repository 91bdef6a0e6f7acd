"""`mumian check`: every house has its parts, manifest and code agree, docs name every setting, command and indicator."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mumian.core.kernel.settings import DEFAULTS

if TYPE_CHECKING:
    from mumian.core.scenario import Scenario

ROOMS = ("domain", "observe", "understand", "decide", "act", "prove", "pages", "cli")


def faults(app: typer.Typer) -> list[str]:
    """Everything out of order, one sentence each."""
    from mumian import scenarios

    docs = _docs()
    found = [fault for house in scenarios.ALL for fault in _house(house, docs)]
    if docs is None:
        return [*found, "docs/ is not beside this installation: settings and commands could not be checked against it"]
    found += [f"setting {name} is in no document under docs/" for name in DEFAULTS if name not in docs]
    found += [f"command `mumian {path}` is in no document under docs/" for path in commands(app) if f"mumian {path}" not in docs]
    return found


def commands(app: typer.Typer, before: str = "") -> list[str]:
    """Every command's words after `mumian`."""
    own = [before + (c.name or c.callback.__name__.replace("_", "-")) for c in app.registered_commands if c.callback]
    return own + [path for group in app.registered_groups if group.typer_instance for path in commands(group.typer_instance, f"{before}{group.name} ")]


def _house(house: Scenario, docs: str | None) -> Iterator[str]:
    for room in ROOMS:
        if not ((house.folder / f"{room}.py").exists() or (house.folder / room / "__init__.py").exists()):
            yield f"{house.name}: room {room} is missing"
    file = house.folder / "manifest.toml"
    if not file.exists():
        yield f"{house.name}: manifest.toml is missing"
        return
    manifest = tomllib.loads(file.read_text("utf-8"))
    for what, code in (("indicators", {i.id for i in house.indicators}), ("pages", {p.path for p in house.pages})):
        written = set(manifest.get(what, []))
        yield from (f"{house.name}: {what[:-1]} {x} is in manifest.toml only" for x in sorted(written - code))
        yield from (f"{house.name}: {what[:-1]} {x} is in the code only" for x in sorted(code - written))
    if docs is not None:
        yield from (f"{house.name}: indicator {i.id} is in no document" for i in house.indicators if i.id not in docs)


def _docs() -> str | None:
    folder = Path(__file__).resolve().parents[3] / "docs"
    if not folder.is_dir():
        return None
    return "\n".join(file.read_text("utf-8") for file in sorted(folder.rglob("*.md")))
