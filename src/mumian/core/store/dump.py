"""All tables as COPY text files of one moment, and back. Schemas are not copied: migrations make them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from psycopg import sql

from mumian.core.store.catalogue import HOT
from mumian.core.store.database import Cursor, Store

# The manifest's `revisions` stand for the first two; reading copies are made again.
_SKIPPED = ("store.alembic_version", "store.migrated", "store.merges")

_TABLES = """
    select n.nspname, c.relname, array_agg(a.attname::text order by a.attnum)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and (n.nspname, c.relname, a.attname) <> ('store', 'segments', 'merged')
      and n.nspname not in ('pg_catalog', 'information_schema', 'public') and n.nspname not like 'pg\\_%'
    group by 1, 2 order by 1, 2
"""
_REFERENCES = """
    select c.conrelid::regclass::text, c.confrelid::regclass::text from pg_constraint c
    where c.contype = 'f' and c.conrelid <> c.confrelid
"""
_SEQUENCES = """
    select schemaname, sequencename, last_value from pg_sequences
    where last_value is not null and schemaname not in ('public') order by 1, 2
"""


def write(store: Store, folder: Path) -> dict[str, Any]:
    """One file a table in `folder`; what the manifest must know to load them. The caller holds the sealer."""
    folder.mkdir(parents=True)
    with store.tx() as cur:
        cur.execute("set transaction isolation level repeatable read, read only")
        hot = ", ".join(f"store.{stem}_{generation}" for stem in HOT.values() for generation in "ab")
        cur.execute(f"lock table {hot} in access share mode")  # before the snapshot: see catalogue.view
        cur.execute(_TABLES)
        tables = [row for row in cur.fetchall() if f"{row[0]}.{row[1]}" not in _SKIPPED]
        for schema, table, columns in tables:
            with (
                (folder / f"{schema}.{table}").open("wb") as out,
                cur.copy(_copy(schema, table, columns, "to stdout")) as copy,
            ):
                for block in copy:
                    out.write(block)
        cur.execute(_SEQUENCES)
        sequences = cur.fetchall()
    return {"tables": [list(row) for row in tables], "sequences": [list(row) for row in sequences]}


def load(store: Store, folder: Path, manifest: dict[str, Any]) -> None:
    """Fill freshly migrated tables, in one transaction, referenced tables first."""
    tables = {f"{schema}.{table}": (schema, table, columns) for schema, table, columns in manifest["tables"]}
    with store.tx() as cur:
        names = sql.SQL(", ").join(sql.Identifier(schema, table) for schema, table, _ in tables.values())
        cur.execute(
            sql.SQL("truncate {}").format(names)
        )  # rows that migrations put there come with the backup
        cur.execute(_REFERENCES)
        for name in _referenced_first(tables, cur.fetchall()):
            schema, table, columns = tables[name]
            with (
                (folder / name).open("rb") as data,
                cur.copy(_copy(schema, table, columns, "from stdin")) as copy,
            ):
                while block := data.read(1 << 20):
                    copy.write(block)
        _set_sequences(cur, manifest["sequences"])


def _copy(schema: str, table: str, columns: list[str], how: str) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    head = sql.SQL("copy {} ({}) ").format(sql.Identifier(schema, table), listed)
    return head + (sql.SQL("to stdout") if how == "to stdout" else sql.SQL("from stdin"))


def _referenced_first(tables: Iterable[str], references: list[Any]) -> list[str]:
    waits = {name: {there for here, there in references if here == name} for name in tables}
    order: list[str] = []
    while waits:
        free = sorted(name for name, on in waits.items() if not on & waits.keys())
        if not free:
            raise RuntimeError(f"tables refer to each other in a circle: {sorted(waits)}")
        order += free
        for name in free:
            del waits[name]
    return order


def _set_sequences(cur: Cursor, sequences: list[Any]) -> None:
    for schema, name, last in sequences:
        qualified = sql.Identifier(schema, name).as_string(cur)
        cur.execute("select setval(%s::regclass, %s)", [qualified, last])
