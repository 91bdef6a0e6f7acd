"""SQL of flights, photographs, findings and work orders. Writers take the caller's cursor and its transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mumian.core.store import Jsonb

if TYPE_CHECKING:
    from mumian.core.store import Store

FINDING = ("id", "flight", "photo", "kind", "score", "threshold", "model", "box", "crop", "tower", "origin", "grade", "state",
           "made_us", "reviewed_us", "reviewer", "note")  # fmt: skip
ORDER = ("id", "finding", "grade", "made_us", "made_by", "due_us", "closed_us", "closed_by", "photo")
FLIGHT = ("id", "line", "origin", "made_us", "photos", "original_bytes", "kept_bytes")
PHOTO = ("flight", "name", "sha256", "width", "height", "bytes", "tower", "thumb", "original", "seen")


def add(cur: Any, table: str, columns: Sequence[str], row: Mapping[str, Any]) -> bool:
    """Insert one row of one of our tables; False when its key is there already."""
    names = [name for name in columns if name in row]
    cur.execute(
        f"insert into powerline.{table} ({', '.join(names)}) values ({', '.join(['%s'] * len(names))}) on conflict do nothing",
        [row[name] for name in names],
    )
    return bool(cur.rowcount)


def add_many(cur: Any, table: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that name the same columns, in one statement however many; values are JSON's, and the table's types read them."""
    if not rows:
        return
    names = ", ".join(name for name in columns if name in rows[0])
    cur.execute(
        f"insert into powerline.{table} ({names}) "
        f"select {names} from jsonb_populate_recordset(null::powerline.{table}, %s) on conflict do nothing",
        (Jsonb([dict(row) for row in rows]),),
    )


def lock(cur: Any, finding: str) -> dict[str, Any] | None:
    """The finding, locked until the transaction ends."""
    row = cur.execute(
        f"select {', '.join(FINDING)} from powerline.findings where id = %s for update", (finding,)
    ).fetchone()
    return dict(zip(FINDING, row, strict=True)) if row else None


def change(cur: Any, finding: str, **changes: Any) -> None:
    """Set columns of a finding."""
    names = ", ".join(f"{name} = %s" for name in changes)
    cur.execute(f"update powerline.findings set {names} where id = %s", (*changes.values(), finding))


def regrade(cur: Any, grades: Mapping[str, str]) -> None:
    """Set the grade of many findings: finding → grade."""
    cur.execute(
        "update powerline.findings f set grade = n.grade from unnest(%s::text[], %s::text[]) as n (id, grade) where f.id = n.id",
        (list(grades), list(grades.values())),
    )


def close_order(cur: Any, finding: str, at_us: int, by: str, photo: str) -> None:
    """The work order of `finding` is done; `photo` is the SHA-256 of the photograph that shows it."""
    cur.execute(
        "update powerline.work_orders set closed_us = %s, closed_by = %s, photo = %s where finding = %s",
        (at_us, by, photo, finding),
    )


def findings(store: Store, state: str | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    """Findings in `state` (None: all), gravest first, then the surest."""
    sql = f"select {', '.join(FINDING)} from powerline.findings where %s::text is null or state = %s"
    sql += (
        " order by array_position(array['critical', 'serious', 'general'], grade), score desc nulls last, id"
    )
    found = store.query(sql + (" limit %s" if limit else ""), (state, state, *([limit] if limit else [])))
    return [dict(zip(FINDING, row, strict=True)) for row in found]


def counts(store: Store) -> dict[str, int]:
    """State → number of findings."""
    return {
        state: int(n)
        for state, n in store.query("select state, count(*) from powerline.findings group by state")
    }


def orders(store: Store) -> list[dict[str, Any]]:
    """Work orders, open ones first by their deadline."""
    found = store.query(
        f"select {', '.join(ORDER)} from powerline.work_orders order by closed_us is not null, due_us"
    )
    return [dict(zip(ORDER, row, strict=True)) for row in found]


def flights(store: Store) -> list[dict[str, Any]]:
    """Flights, newest first."""
    found = store.query(f"select {', '.join(FLIGHT)} from powerline.flights order by made_us desc")
    return [dict(zip(FLIGHT, row, strict=True)) for row in found]


def photo(store: Store, flight: str, name: str) -> dict[str, Any] | None:
    """One photograph's row."""
    found = store.query(
        f"select {', '.join(PHOTO)} from powerline.photos where flight = %s and name = %s", (flight, name)
    )
    return dict(zip(PHOTO, found[0], strict=True)) if found else None
