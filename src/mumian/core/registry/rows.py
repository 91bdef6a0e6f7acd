"""The register's SQL: read it whole, write a section at once, and the few questions asked inside a transaction.

It judges nothing: `rules` has done so before anything is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.ids import DeviceId, PersonId, PlaceId, StaffId
from mumian.core.registry import model
from mumian.core.registry.model import Register

if TYPE_CHECKING:
    from mumian.core.store import Cursor

LOCK = 0x6D75_6D69  # any constant: writers of the register take turns


@dataclass(frozen=True, slots=True)
class Table:
    """How a section lies in the database: its columns in the order of the dataclass's fields."""

    make: Callable[..., Any]
    columns: Mapping[str, str]
    key: tuple[str, ...]


TABLES: Mapping[str, Table] = {
    "places": Table(model.Place, {"id": "text", "kind": "text", "name": "text", "parent": "text"}, ("id",)),
    "people": Table(
        model.Person,
        {
            "id": "text",
            "name": "text",
            "born": "date",
            "bed": "text",
            "care_level": "int",
            "admitted_us": "bigint",
            "departed_us": "bigint",
        },
        ("id",),
    ),
    "consents": Table(
        model.Consent,
        {"person": "text", "purpose": "text", "from_us": "bigint", "until_us": "bigint"},
        ("person", "purpose", "from_us"),
    ),
    "staff": Table(
        model.Staff,
        {"id": "text", "name": "text", "role": "text", "floors": "text[]", "left_us": "bigint"},
        ("id",),
    ),
    "shifts": Table(
        model.Shift, {"staff": "text", "from_us": "bigint", "until_us": "bigint"}, ("staff", "from_us")
    ),
    "devices": Table(
        model.Device,
        {
            "id": "text",
            "kind": "text",
            "place": "text",
            "origin": "text",
            "made_us": "bigint",
            "retired_us": "bigint",
            "expected_interval_s": "int",
        },
        ("id",),
    ),
    "assignments": Table(
        model.Assignment,
        {"device": "text", "person": "text", "from_us": "bigint", "until_us": "bigint"},
        ("device", "person", "from_us"),
    ),
}


def lock(cur: Cursor) -> None:
    """Writers of the register take turns until their transaction ends."""
    cur.execute("select pg_advisory_xact_lock(%s)", (LOCK,))


def in_use(cur: Cursor, kind: str) -> dict[str, tuple[str, str]]:
    """Id → (origin, name of its place, empty where it has none) of every device of this kind that is not retired."""
    cur.execute(
        """
        select d.id, d.origin, coalesce(p.name, '') from registry.devices d left join registry.places p on p.id = d.place
        where d.kind = %s and d.retired_us is null order by d.id
        """,
        (kind,),
    )
    return {id: (origin, place) for id, origin, place in cur.fetchall()}


def revision(cur: Cursor) -> int:
    """A number that every change of the register raises."""
    return int(_one(cur, "select n from registry.revision", ())[0])


def read(cur: Cursor) -> Register:
    """The whole register."""
    site = _maybe(cur, "select id, name from registry.site", ())
    return Register(model.Site(*site) if site else None, **{name: _section(cur, name) for name in TABLES})


def _section(cur: Cursor, name: str) -> dict[Any, Any]:
    table = TABLES[name]
    cur.execute(f"select {', '.join(table.columns)} from registry.{name}")
    rows: Iterable[Sequence[Any]] = cur.fetchall()
    if name == "staff":
        rows = [(*r[:3], tuple(r[3]), r[4]) for r in rows]
    return {key_of(name, item): item for item in (table.make(*row) for row in rows)}


def key_of(section: str, item: object) -> Any:
    """What the item is matched by: its id, or the columns that name an interval."""
    names = TABLES[section].key
    return getattr(item, names[0]) if len(names) == 1 else tuple(getattr(item, n) for n in names)


def put(cur: Cursor, section: str, items: Sequence[object]) -> None:
    """Insert or replace, all in one statement."""
    if not items:
        return
    table = TABLES[section]
    names = ", ".join(table.columns)
    typed = ", ".join(f"{name} {kind}" for name, kind in table.columns.items())
    rest = [name for name in table.columns if name not in table.key]
    cur.execute(
        f"insert into registry.{section} ({names}) select {names} from jsonb_to_recordset(%s::jsonb) as r({typed}) "
        f"on conflict ({', '.join(table.key)}) do update set {', '.join(f'{n} = excluded.{n}' for n in rest)}",
        (json.dumps([_plain(table, item) for item in items], ensure_ascii=False),),
    )


def _plain(table: Table, item: object) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in table.columns}
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()
    }


def put_site(cur: Cursor, site: model.Site) -> None:
    """The home's own id and name."""
    cur.execute(
        "insert into registry.site (id, name) values (%s, %s) on conflict (id) do update set name = excluded.name",
        (site.id, site.name),
    )


def put_secrets(cur: Cursor, hashes: Mapping[DeviceId, str]) -> None:
    """Store the password hashes of devices."""
    cur.execute(
        "update registry.devices d set secret_hash = s.value from jsonb_each_text(%s::jsonb) s where d.id = s.key",
        (json.dumps(hashes),),
    )


def secrets(cur: Cursor) -> list[tuple[DeviceId, str]]:
    """User name and hash of every device in use, for the broker's password file."""
    cur.execute(
        "select id, secret_hash from registry.devices where retired_us is null and secret_hash is not null order by id"
    )
    return [(DeviceId(row[0]), row[1]) for row in cur.fetchall()]


def drop_shift(cur: Cursor, staff: StaffId, from_us: int) -> bool:
    """Take a planned shift out again."""
    cur.execute("delete from registry.shifts where staff = %s and from_us = %s", (staff, from_us))
    return bool(cur.rowcount)


def wearer(cur: Cursor, device: DeviceId, at_us: int) -> PersonId | None:
    """Who wore or held the device at the instant."""
    row = _maybe(
        cur,
        "select person from registry.assignments where device = %s and from_us <= %s "
        "and (until_us is null or until_us > %s)",
        (device, at_us, at_us),
    )
    return PersonId(row[0]) if row else None


def floor_of(cur: Cursor, place: PlaceId | None) -> PlaceId | None:
    """The floor that the place lies on; None for a building, or a place without one."""
    found = _one(cur, "select registry.floor_of(%s)", (place,))[0]
    return PlaceId(found) if found else None


def _maybe(cur: Cursor, sql: str, params: Sequence[object]) -> tuple[Any, ...] | None:
    cur.execute(sql, params)
    row = cur.fetchone()
    return tuple(row) if row else None


def _one(cur: Cursor, sql: str, params: Sequence[object]) -> tuple[Any, ...]:
    row = _maybe(cur, sql, params)
    assert row is not None
    return row
