"""Migrations by Alembic, one folder a package. When nothing is new it costs one query and Alembic is not even imported."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import psycopg

from mumian.core.store.database import Store
from mumian.core.store.faults import translated

SOURCE = Path(__file__).resolve().parents[2]  # src/mumian
_REVISION = re.compile(r"""^revision\b[^=]*=\s*["']([^"']+)""", re.MULTILINE)
HEADS = ("heads",)
_KEY = 0x6D69677261746521  # advisory lock: one migration at a time


def migrate(store: Store, packages: Collection[str] | None = None, to: Sequence[str] = HEADS) -> bool:
    """Bring the database to `to`, all in one transaction. True if anything was done.

    packages  names whose folders are used (tests of one package need not wait for the others'); None means all
    """
    folders = _folders(packages)
    print_ = _print(folders)
    if to == HEADS and _stands_at(store) == print_:
        return False
    with translated(), psycopg.connect(store.dsn, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [_KEY])  # until the connection closes
        if to == HEADS and _stands_at(store) == print_:
            return False
        _upgrade(store.dsn, folders, to)
        connection.execute("update store.migrated set fingerprint = %s", [print_ if to == HEADS else ""])
    return True


def revisions(store: Store) -> list[str]:
    """The revisions at which the database stands, as Alembic notes them."""
    return [row[0] for row in store.query("select version_num from store.alembic_version order by 1")]


def known_revisions() -> set[str]:
    """Every revision that this version of the program brings."""
    files = [file.read_text("utf-8") for folder in _folders(None) for file in folder.glob("*.py")]
    return {match[1] for text in files if (match := _REVISION.search(text))}


def _folders(packages: Collection[str] | None) -> list[Path]:
    every = [*SOURCE.glob("core/*/migrations"), *SOURCE.glob("programme/migrations")]
    every += SOURCE.glob("scenarios/*/migrations")
    chosen = [f for f in every if packages is None or f.parent.name in {"store", *packages}]
    return sorted(f for f in chosen if any(f.glob("*.py")))


def _print(folders: list[Path]) -> str:
    names = sorted(f"{folder.parent.name}/{file.name}" for folder in folders for file in folder.glob("*.py"))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _stands_at(store: Store) -> str:
    with store.connection() as connection:
        if connection.execute("select to_regclass('store.migrated')").fetchone() == (None,):
            return ""
        row = connection.execute("select fingerprint from store.migrated").fetchone()
        return str(row[0]) if row else ""


def _upgrade(dsn: str, folders: list[Path], to: Sequence[str]) -> None:
    import sqlalchemy
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(folders[0]), version_locations=[str(f) for f in folders])
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=sqlalchemy.NullPool
    )
    targets: Any = tuple(to)  # annotated as one, taken as many
    context = EnvironmentContext(Config(), script, fn=lambda now, _: script._upgrade_revs(targets, now))  # noqa: SLF001 - what alembic's own command.upgrade calls
    with engine.begin() as connection, context:
        connection.exec_driver_sql("create schema if not exists store")
        connection.exec_driver_sql("create table if not exists store.migrated (fingerprint text not null)")
        connection.exec_driver_sql(
            "insert into store.migrated select '' where not exists (select 1 from store.migrated)"
        )
        context.configure(connection=connection, version_table_schema="store", transactional_ddl=True)
        context.run_migrations()
