"""Load a site file: parse, compare, judge, write, tell. All of it or nothing; `dry_run` writes nothing.

`apply` is the one way into the register: forms on pages come through it too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.errors import BadInput
from mumian.core.registry import credentials, journal, rows
from mumian.core.registry.credentials import Credential
from mumian.core.registry.model import Device, Entry, Item, Site, SiteFile
from mumian.core.registry.problems import Refused
from mumian.core.registry.site.compare import Change, Plan, compare
from mumian.core.registry.site.rules import check
from mumian.core.registry.site.shape import parse

if TYPE_CHECKING:
    from mumian.core.store import Cursor, Store

# Foreign keys want people before what they wear; consents before assignments keeps the journal readable.
ORDER = ("places", "people", "consents", "staff", "shifts", "devices", "assignments")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a load did. `changed` is empty when the file says what stands already."""

    changed: tuple[Change, ...]
    credentials: tuple[Credential, ...]
    unchanged: int = 0

    def as_json(self) -> dict[str, object]:
        """As `mumian site load` prints it on stdout."""
        return {
            "changed": [change.as_json() for change in self.changed],
            "credentials": [credential.as_json() for credential in self.credentials],
        }


def read(text: str | bytes) -> dict[str, Any]:
    """The JSON of a site file. Raises BadInput for broken JSON, a key written twice, or NaN."""
    if isinstance(text, str):
        text = text.removeprefix("\ufeff")
    try:
        doc = json.loads(text, object_pairs_hook=_no_twice, parse_constant=_no_nan)
    except BadInput:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadInput(detail=f"the site file is not JSON: {where}: {error.msg}") from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # not UTF-8, a number of a thousand digits, a thousand brackets
        raise BadInput(detail=f"the site file is not JSON: {error}") from None
    if not isinstance(doc, dict):
        raise BadInput(detail="the site file must be one JSON object {…}")
    return doc


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    doc: dict[str, Any] = {}
    for key, value in pairs:
        if key in doc:
            raise BadInput(detail=f"the site file writes the key {key!r} twice in one object: remove one")
        doc[key] = value
    return doc


def _no_nan(word: str) -> float:
    raise BadInput(detail=f"the site file holds {word}, which is no JSON number")


def load(store: Store, doc: object, dry_run: bool = False, *, by: str = "site load") -> Changes:  # noqa: FBT001, FBT002 - as the command's flag
    """Bring the register to what the file says. Raises Refused, and then nothing of the file is loaded."""
    file = parse(doc)
    with store.tx() as cur:
        return apply(cur, file, store.clock.now_us(), by, dry_run=dry_run)


def apply(cur: Cursor, file: SiteFile, at_us: int, by: str, *, dry_run: bool = False) -> Changes:
    """The same inside a transaction of the caller. Raises Refused."""
    rows.lock(cur)
    now = rows.read(cur)
    plan = compare(now, file, at_us)
    problems = plan.problems or check(plan.after, plan.paths, at_us)
    if problems:
        raise Refused(problems)
    made = () if dry_run else _write(cur, plan, set(now.devices))
    if not dry_run:
        journal.tell(cur, now, plan.after, plan.written, at_us, by)
    return Changes(plan.changes, made, plan.unchanged)


def submit(cur: Cursor, at_us: int, by: str, *items: Item) -> Changes:
    """Apply what a form gave; problems carry no path."""
    sections: dict[str, list[Entry]] = {}
    for item in items:
        sections.setdefault(_SECTION[type(item)], []).append(Entry(item))
    return apply(cur, SiteFile(None, {name: tuple(found) for name, found in sections.items()}), at_us, by)


_SECTION: Mapping[type, str] = {table.make: name for name, table in rows.TABLES.items()}  # type: ignore[misc]


def _write(cur: Cursor, plan: Plan, known: set[Any]) -> tuple[Credential, ...]:
    if plan.site_changed:
        assert isinstance(plan.after.site, Site)
        rows.put_site(cur, plan.after.site)
    for section in ORDER:
        rows.put(cur, section, plan.written.get(section, ()))
    fresh = [d for d in plan.written.get("devices", ()) if isinstance(d, Device) and d.id not in known]
    return issue(cur, fresh)


def issue(cur: Cursor, devices: Sequence[Device]) -> tuple[Credential, ...]:
    """Fresh credentials for the devices; what they had before stops working."""
    made = [credentials.make(device.id) for device in devices]
    if made:
        rows.put_secrets(cur, {credential.device: stored for credential, stored in made})
    return tuple(credential for credential, _ in made)
