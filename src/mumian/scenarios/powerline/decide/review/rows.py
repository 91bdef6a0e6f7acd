"""SQL of flights, photographs, findings and work orders. Writers take the caller's cursor and its transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mumian.core.store import Jsonb
from mumian.scenarios.powerline.domain.photograph import Place

if TYPE_CHECKING:
    from mumian.core.store import Store

FINDING = ("id", "flight", "photo", "kind", "score", "threshold", "model", "box", "crop", "tower", "origin", "grade", "state",
           "made_us", "reviewed_us", "reviewer", "note", "line", "shot", "circuit", "phase", "part", "hazard")  # fmt: skip
ORDER = (
    "id",
    "finding",
    "grade",
    "made_us",
    "made_by",
    "due_us",
    "closed_us",
    "closed_by",
    "photo",
    "survey",
)
FLIGHT = (
    "id",
    "line",
    "origin",
    "made_us",
    "photos",
    "original_bytes",
    "kept_bytes",
    "plan",
    "plan_sha256",
    "folder",
    "ended_us",
)
PHOTO = ("flight", "name", "sha256", "width", "height", "bytes", "tower", "thumb", "original", "seen", "shot", "circuit", "phase",
         "part", "taken_us", "unbound", "sharpness", "fault", "stamp_us", "step_us", "lat_deg", "lon_deg", "kept")  # fmt: skip


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


def held(cur: Any, flight: str) -> dict[str, Any]:
    """A flight's row that is there."""
    row = cur.execute(
        f"select {', '.join(FLIGHT)} from powerline.flights where id = %s", (flight,)
    ).fetchone()
    return dict(zip(FLIGHT, row, strict=True))


def open_flight(cur: Any, folder: str, line: str, origin: str) -> str | None:
    """The flight that was followed in this folder and has not ended."""
    row = cur.execute(
        "select id from powerline.flights where folder = %s and line = %s and origin = %s and ended_us is null "
        "order by made_us desc limit 1",
        (folder, line, origin),
    ).fetchone()
    return str(row[0]) if row else None


def flight_holding(cur: Any, line: str, digests: Sequence[str]) -> str | None:
    """An ended flight of the line that holds exactly these photographs, under whatever id (one that was followed has its own)."""
    row = cur.execute(
        "select p.flight from powerline.photos p join powerline.flights f on f.id = p.flight "
        "where f.line = %s and f.ended_us is not null group by p.flight "
        "having count(*) = %s and bool_and(p.sha256 = any(%s)) limit 1",
        (line, len(digests), list(digests)),
    ).fetchone()
    return str(row[0]) if row else None


def twin(cur: Any, line: str, sha256: str) -> str | None:
    """A photograph of the line with the same bytes that is held already: its flight and name."""
    row = cur.execute(
        "select p.flight, p.name from powerline.photos p join powerline.flights f on f.id = p.flight "
        "where p.sha256 = %s and f.line = %s limit 1",
        (sha256, line),
    ).fetchone()
    return f"{row[0]}/{row[1]}" if row else None


def change_flight(cur: Any, flight: str, **changes: Any) -> None:
    """Set columns of a flight."""
    names = ", ".join(f"{name} = %s" for name in changes)
    cur.execute(f"update powerline.flights set {names} where id = %s", (*changes.values(), flight))


def photos_of(cur: Any, flight: str) -> list[dict[str, Any]]:
    """All photographs of a flight, by name."""
    found = cur.execute(
        f"select {', '.join(PHOTO)} from powerline.photos where flight = %s order by name", (flight,)
    ).fetchall()
    return [dict(zip(PHOTO, row, strict=True)) for row in found]


def stamps(cur: Any, flight: str) -> list[dict[str, Any]]:
    """What binding needs of a flight's photographs: name, the camera's stamp and place, fault and sharpness."""
    names = ("name", "stamp_us", "step_us", "lat_deg", "lon_deg", "fault", "sharpness")
    found = cur.execute(
        f"select {', '.join(names)} from powerline.photos where flight = %s order by name", (flight,)
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]


def put(
    cur: Any, flight: str, name: str, at: Place | None, taken_us: int | None, unbound: str | None
) -> None:
    """Where a photograph looks, and when it was taken by our clock; or why nobody knows."""
    where = (None,) * 5 if at is None else (at.shot, at.tower, at.circuit, at.phase, at.part)
    cur.execute(
        "update powerline.photos set shot = %s, tower = %s, circuit = %s, phase = %s, part = %s, taken_us = %s, unbound = %s "
        "where flight = %s and name = %s",
        (*where, taken_us, unbound, flight, name),
    )


def place_findings(cur: Any, flight: str) -> None:
    """A finding lies where its photograph looks."""
    cur.execute(
        "update powerline.findings f set shot = p.shot, tower = p.tower, circuit = p.circuit, phase = p.phase, part = p.part "
        "from powerline.photos p where f.flight = %s and p.flight = f.flight and p.name = f.photo",
        (flight,),
    )


def these(cur: Any, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Findings by their ids."""
    found = cur.execute(
        f"select {', '.join(FINDING)} from powerline.findings where id = any(%s) order by id", (list(ids),)
    ).fetchall()
    return [dict(zip(FINDING, row, strict=True)) for row in found]


def count_findings(cur: Any, flight: str) -> int:
    """How many findings a flight has that the detector made."""
    row = cur.execute(
        "select count(*) from powerline.findings where flight = %s and model is not null", (flight,)
    ).fetchone()
    return int(row[0])


def at_repairs(cur: Any, flight: str) -> list[tuple[str, str, int]]:
    """Photographs without their original that look at a shot where a defect of an earlier flight is to be repaired."""
    found = cur.execute(
        """
        select p.name, p.sha256, p.kept from powerline.photos p join powerline.flights fl on fl.id = p.flight
        where p.flight = %s and p.original is null and exists (
            select 1 from powerline.findings f where f.state = 'accepted' and f.flight <> p.flight and f.line = fl.line
                and f.origin = fl.origin and f.tower = p.tower)
        """,
        (flight,),
    ).fetchall()
    return [(str(name), str(sha256), int(kept or 0)) for name, sha256, kept in found]


def keep_original(cur: Any, flight: str, name: str, original: str, kept: int) -> None:
    """A photograph's original is kept from now on; `kept` bytes of it in all."""
    cur.execute(
        "update powerline.photos set original = %s, kept = %s where flight = %s and name = %s",
        (original, kept, flight, name),
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


def close_order(cur: Any, finding: str, at_us: int, by: str, photo: str | None, survey: str | None) -> None:
    """The work order of `finding` is done, as the photograph with this SHA-256 or this survey shows."""
    cur.execute(
        "update powerline.work_orders set closed_us = %s, closed_by = %s, photo = %s, survey = %s where finding = %s",
        (at_us, by, photo, survey, finding),
    )


def drop_order(cur: Any, finding: str) -> None:
    """The open work order of `finding` was a mistake; the journal keeps that there was one."""
    cur.execute("delete from powerline.work_orders where finding = %s and closed_us is null", (finding,))


def findings(store: Store, state: str | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    """Findings in `state` (None: all), gravest first, then the surest."""
    sql = f"select {', '.join(FINDING)} from powerline.findings where %s::text is null or state = %s"
    sql += (
        " order by array_position(array['critical', 'serious', 'general'], grade), score desc nulls last, id"
    )
    found = store.query(sql + (" limit %s" if limit else ""), (state, state, *([limit] if limit else [])))
    return [dict(zip(FINDING, row, strict=True)) for row in found]


def finding(store: Store, id: str) -> dict[str, Any] | None:
    """One finding."""
    found = store.query(f"select {', '.join(FINDING)} from powerline.findings where id = %s", (id,))
    return dict(zip(FINDING, found[0], strict=True)) if found else None


def counts(store: Store) -> dict[str, int]:
    """State → number of findings."""
    return {
        state: int(n)
        for state, n in store.query("select state, count(*) from powerline.findings group by state")
    }


def orders(store: Store) -> list[dict[str, Any]]:
    """Work orders with where their finding lies, open ones first by their deadline."""
    place = ("kind", "line", "shot", "tower", "circuit", "phase", "part")
    found = store.query(
        f"select {', '.join(f'o.{name}' for name in ORDER)}, {', '.join(f'f.{name}' for name in place)} from powerline.work_orders o "
        "join powerline.findings f on f.id = o.finding order by o.closed_us is not null, o.due_us"
    )
    return [dict(zip((*ORDER, *place), row, strict=True)) for row in found]


def order(store: Store, finding: str) -> dict[str, Any] | None:
    """The work order of a finding."""
    found = store.query(
        f"select {', '.join(ORDER)} from powerline.work_orders where finding = %s", (finding,)
    )
    return dict(zip(ORDER, found[0], strict=True)) if found else None


def reinspections(where: Store | Any, finding: str, limit: int) -> list[dict[str, Any]]:
    """Photographs that can show whether the finding is gone: bound, clear, of its tower, line and origin, of a later flight.

    A hazard's towers are the two of its span, and later is later than the last survey that found it. Those of the same shot come
    first, then the latest. `where` is a store or a cursor.
    """
    names = (
        "flight",
        "name",
        "sha256",
        "taken_us",
        "shot",
        "tower",
        "circuit",
        "phase",
        "part",
        "thumb",
        "original",
        "same",
    )
    sql = """
        select p.flight, p.name, p.sha256, p.taken_us, p.shot, p.tower, p.circuit, p.phase, p.part, p.thumb, p.original,
            p.shot is not distinct from f.shot as same
        from powerline.findings f left join powerline.photos b on b.flight = f.flight and b.name = f.photo
        join powerline.flights fl on fl.line = f.line and fl.origin = f.origin and fl.id is distinct from f.flight
        join powerline.photos p on p.flight = fl.id
            and (p.tower = f.tower or (f.hazard is not null and p.tower = f.tower + 1))
        where f.id = %s and p.fault is null and p.shot is not null and p.taken_us > coalesce(b.taken_us,
            (select max(v.scanned_us) from powerline.readings r join powerline.surveys v on v.id = r.survey where r.hazard = f.hazard),
            f.made_us)
        order by same desc, p.taken_us desc, p.name limit %s
        """
    found = (
        where.execute(sql, (finding, limit)).fetchall()
        if hasattr(where, "execute")
        else where.query(sql, (finding, limit))
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def by_digest(store: Store, sha256: str) -> dict[str, Any] | None:
    """A photograph with this SHA-256."""
    found = store.query(
        f"select {', '.join(PHOTO)} from powerline.photos where sha256 = %s limit 1", (sha256,)
    )
    return dict(zip(PHOTO, found[0], strict=True)) if found else None


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
