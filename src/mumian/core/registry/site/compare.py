"""What a site file would change: the register as it would stand, and a list of changes. Pure.

Load never deletes: what the file leaves out stays. Ended intervals, departed people, retired devices are history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mumian.core.kernel.clock import iso
from mumian.core.registry import model
from mumian.core.registry.model import Entry, Item, Register, SiteFile
from mumian.core.registry.problems import Problem
from mumian.core.registry.rows import key_of

# The fields that a file may set; the rest (admitted, departed, …) belongs to the pages.
COMPARED: Mapping[str, tuple[str, ...]] = {
    "places": ("kind", "name", "parent"),
    "people": ("name", "born", "bed", "care_level"),
    "consents": ("until_us",),
    "staff": ("name", "role", "floors"),
    "shifts": ("until_us",),
    "devices": ("kind", "place", "origin"),
    "assignments": ("until_us",),
}
_ENDED = {
    "people": ("departed_us", "departed"),
    "staff": ("left_us", "left"),
    "devices": ("retired_us", "retired"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One item that was added or changed; `fields` says which of an existing one."""

    section: str
    id: str
    change: str  # "added" | "changed"
    fields: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """As `mumian site load` prints it."""
        said: dict[str, object] = {"section": self.section, "id": self.id, "change": self.change}
        return {**said, "fields": list(self.fields)} if self.fields else said


@dataclass(frozen=True, slots=True)
class Plan:
    """`after` is the register as it would stand; `written` the items to write, by section."""

    after: Register
    written: Mapping[str, tuple[Item, ...]]
    changes: tuple[Change, ...]
    unchanged: int
    problems: tuple[Problem, ...]
    paths: Mapping[tuple[str, Any], str]
    site_changed: bool = False


def compare(now: Register, file: SiteFile, at_us: int) -> Plan:
    """Match the file's items by id (intervals by what they join and when they begin) with what stands."""
    changes: list[Change] = []
    problems: list[Problem] = []
    unchanged = 0
    after: dict[str, dict[Any, Any]] = {}
    written: dict[str, tuple[Item, ...]] = {}
    paths: dict[tuple[str, Any], str] = {}
    for section, entries in file.sections.items():
        standing = dict(getattr(now, section))
        fresh: list[Item] = []
        for entry in entries:
            key = key_of(section, entry.item)
            paths[section, key] = entry.path
            item, change = _item(section, standing.get(key), entry, at_us, problems)
            standing[key] = item
            if change is None:
                unchanged += 1
            else:
                fresh.append(item)
                changes.append(change)
        after[section], written[section] = standing, tuple(fresh)
    site_changed = _site(now, file, changes, problems)
    stands = replace(now, site=file.site or now.site, **after)
    return Plan(stands, written, tuple(changes), unchanged, tuple(problems), paths, site_changed)


def _site(now: Register, file: SiteFile, changes: list[Change], problems: list[Problem]) -> bool:
    if file.site is None or file.site == now.site:
        return False
    if now.site and now.site.id != file.site.id:
        problems.append(Problem("site.id", "other_site", {"old": now.site.id}))
    changes.append(
        Change("site", file.site.id, "changed" if now.site else "added", ("name",) if now.site else ())
    )
    return True


def _item(
    section: str, old: Any, entry: Entry, at_us: int, problems: list[Problem]
) -> tuple[Item, Change | None]:
    new = entry.item
    if old is None:
        return _fresh(new, at_us), Change(section, named(section, new), "added")
    fields = tuple(f for f in COMPARED[section] if getattr(old, f) != getattr(new, f))
    problems.extend(_history(section, old, entry, fields, at_us))
    if not fields:
        return old, None
    item: Item = replace(old, **{f: getattr(new, f) for f in fields})
    return item, Change(section, named(section, new), "changed", tuple(f.removesuffix("_us") for f in fields))


def _fresh(item: Item, at_us: int) -> Item:
    if isinstance(item, model.Person):
        return replace(item, admitted_us=at_us)
    return replace(item, made_us=at_us) if isinstance(item, model.Device) else item


def _history(section: str, old: Any, entry: Entry, fields: tuple[str, ...], at_us: int) -> list[Problem]:
    """Problems of an item that would rewrite what is over."""
    if section in _ENDED:
        ended, key = _ENDED[section]
        if (when := getattr(old, ended)) is not None:
            return [Problem(_under(entry, "id"), key, {"id": old.id, "when": iso(when)})]
    if section == "devices":
        return [
            Problem(
                _under(entry, f), "fixed", {"field": f, "old": getattr(old, f), "new": getattr(entry.item, f)}
            )
            for f in ("kind", "origin")
            if f in fields
        ]
    if "until_us" in fields and old.until_us is not None and old.until_us <= at_us:
        return [Problem(_under(entry, "until"), "history", {"until": iso(old.until_us)})]
    return []


def _under(entry: Entry, field: str) -> str:
    return f"{entry.path}.{field}" if entry.path else ""


def named(section: str, item: Any) -> str:
    """How a change names the item: its id, or `band-1/p-7/2026-…Z` for an interval."""
    key = key_of(section, item)
    if not isinstance(key, tuple):
        return str(key)
    return "/".join(iso(part) if isinstance(part, int) else part for part in key)
