"""SQL of lines and plans. Writers take the caller's cursor and its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mumian.core.store import Store

LINE = (
    "id",
    "name",
    "voltage_kv",
    "towers",
    "file",
    "datum",
    "source",
    "made_us",
    "made_by",
    "ordinal",
    "lines_in_file",
)
PLAN = ("id", "line", "first", "count", "profile", "verdict", "made_us", "made_by", "told", "files")
LISTED_LINE = ("id", "name", "voltage_kv", "towers", "file", "lines_in_file")
LISTED_PLAN = ("id", "line", "first", "count", "profile", "verdict", "made_us")


def add(cur: Any, table: str, columns: tuple[str, ...], row: Mapping[str, Any]) -> bool:
    """Insert one row; False when its key is there already."""
    cur.execute(
        f"insert into powerline.{table} ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))}) on conflict do nothing",
        [row[name] for name in columns],
    )
    return bool(cur.rowcount)


def drop_unused(cur: Any, line: str) -> None:
    """Forget a line for which nobody has made a plan."""
    cur.execute(
        "delete from powerline.lines n where n.id = %s and not exists (select 1 from powerline.plans p where p.line = n.id)",
        (line,),
    )


def lines(store: Store, limit: int) -> list[dict[str, Any]]:
    """Lines, the latest first."""
    found = store.query(
        f"select {', '.join(LISTED_LINE)} from powerline.lines order by made_us desc, id limit %s", (limit,)
    )
    return [dict(zip(LISTED_LINE, row, strict=True)) for row in found]


def line(store: Store, id: str) -> dict[str, Any] | None:
    """One line with its source."""
    found = store.query(f"select {', '.join(LINE)} from powerline.lines where id = %s", (id,))
    return dict(zip(LINE, found[0], strict=True)) if found else None


def plans(store: Store, line: str, limit: int) -> list[dict[str, Any]]:
    """Plans of a line, the latest first."""
    found = store.query(
        f"select {', '.join(LISTED_PLAN)} from powerline.plans where line = %s order by made_us desc, id desc limit %s",
        (line, limit),
    )
    return [dict(zip(LISTED_PLAN, row, strict=True)) for row in found]


def plan(store: Store, id: str) -> dict[str, Any] | None:
    """One plan with its files and its drawing."""
    found = store.query(f"select {', '.join(PLAN)} from powerline.plans where id = %s", (id,))
    return dict(zip(PLAN, found[0], strict=True)) if found else None
