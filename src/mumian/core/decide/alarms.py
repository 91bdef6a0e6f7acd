"""Alarms as people and programs read them: one JSON shape for pages, API and command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mumian.core.decide import rows
from mumian.core.kernel.clock import iso
from mumian.core.kernel.errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mumian.core.kernel.authorised import Authorised, Scope
    from mumian.core.store import Store


def visible(scope: Scope, floor: str | None) -> bool:
    """Whether an alarm on `floor` lies within the scope."""
    return reaches(scope.floors, floor)


def reaches(floors: Collection[str] | None, floor: str | None) -> bool:
    """`floors` None: the whole home; none at all: nothing.

    An alarm without a floor (a device with no place) concerns everybody who has floors: better seen twice than by nobody.
    """
    return floors is None or (bool(floors) and (floor is None or floor in floors))


def read(
    store: Store, scope: Authorised[Scope], state: str = "open", limit: int | None = None
) -> list[dict[str, Any]]:
    """Alarms within the scope, newest first, without pages (`act.pages` adds them). `state` is open or all."""
    if state not in ("open", "all"):
        raise BadInput(detail=f"state {state!r}: give open or all")
    clauses, params = _floors(scope.value)
    if state == "open":
        clauses.append("state <> 'resolved'")
    where = f" where {' and '.join(clauses)}" if clauses else ""
    tail = " order by raised_us desc, id desc" + (" limit %s" if limit is not None else "")
    found = store.query(rows.SELECT + where + tail, (*params, *([limit] if limit is not None else [])))
    return _documents(store, [rows.as_dict(row) for row in found])


def one(store: Store, scope: Authorised[Scope], alarm: str) -> dict[str, Any]:
    """One alarm. Raises NotFound, also when it lies outside the scope."""
    found = [rows.as_dict(row) for row in store.query(f"{rows.SELECT} where id = %s", (alarm,))]
    if not found or not visible(scope.value, found[0]["floor"]):
        raise NotFound(what="alarm", id=alarm)
    return _documents(store, found)[0]


def floor_of(store: Store, scope: Authorised[Scope], alarm: str) -> str | None:
    """The floor on which an alarm lies. Raises NotFound, also when it lies outside the scope."""
    found = store.query("select floor from decide.alarms where id = %s", (alarm,))
    if not found or not visible(scope.value, found[0][0]):
        raise NotFound(what="alarm", id=alarm)
    return None if found[0][0] is None else str(found[0][0])


def of_person(store: Store, scope: Authorised[Scope], person: str, limit: int = 50) -> list[dict[str, Any]]:
    """A resident's alarms, newest first, within the scope."""
    clauses, params = _floors(scope.value)
    where = " and ".join([*clauses, "person = %s"])
    found = store.query(
        f"{rows.SELECT} where {where} order by raised_us desc limit %s", (*params, person, limit)
    )
    return _documents(store, [rows.as_dict(row) for row in found])


def since(store: Store, scope: Authorised[Scope], from_us: int, until_us: int) -> list[dict[str, Any]]:
    """Alarms raised in [from_us, until_us) with the time of their first acknowledgement, oldest first; times in µs."""
    where, params = _floors(scope.value)
    names = (
        "id",
        "kind",
        "tier",
        "device",
        "person",
        "floor",
        "raised_us",
        "resolution",
        "state",
        "round",
        "origin",
    )
    found = store.query(
        f"select {', '.join(names)}, (select min(t.at_us) from decide.transitions t"
        " where t.alarm = decide.alarms.id and t.to_state = 'acknowledged')"
        f" from decide.alarms where {' and '.join(['raised_us >= %s', 'raised_us < %s', *where])} order by raised_us",
        (from_us, until_us, *params),
    )
    return [dict(zip((*names, "acknowledged_us"), row, strict=True)) for row in found]


def _floors(scope: Scope) -> tuple[list[str], list[Any]]:
    if scope.floors is None:
        return [], []
    if not scope.floors:
        return ["false"], []
    return ["(floor is null or floor = any(%s))"], [sorted(scope.floors)]


def _documents(store: Store, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    transitions = _transitions(store, [row["id"] for row in found])
    due = _due(store, [row["id"] for row in found])
    return [_document(row, transitions.get(row["id"], []), due.get(row["id"])) for row in found]


def _transitions(store: Store, alarms: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for alarm, at_us, source, target, by, note in store.query(
        "select alarm, at_us, from_state, to_state, by, note from decide.transitions where alarm = any(%s) order by id",
        (list(alarms),),
    ):
        out.setdefault(alarm, []).append(
            {"at": iso(at_us), "from": source, "to": target, "by": by, "note": note}
        )
    return out


def _due(store: Store, alarms: Sequence[str]) -> dict[str, tuple[int, int]]:
    found = store.query(
        "select alarm, due_us, step from decide.timers where kind = 'escalate' and alarm = any(%s)",
        (list(alarms),),
    )
    return {alarm: (due_us, step) for alarm, due_us, step in found}


def _document(
    row: dict[str, Any], transitions: list[dict[str, Any]], due: tuple[int, int] | None
) -> dict[str, Any]:
    return {
        "id": row["id"], "kind": row["kind"], "person": row["person"], "place": row["place"], "floor": row["floor"],
        "device": row["device"], "tier": row["tier"], "priority": row["priority"], "state": row["state"],
        "resolution": row["resolution"], "event_time": iso(row["event_us"]), "raised_at": iso(row["raised_us"]),
        "reason": row["reason"], "evidence": row["evidence"], "origin": row["origin"], "owner": row["owner"],
        "ladder": row["ladder"], "step": row["step"],
        "next_step": {"step": due[1], "due_at": iso(due[0])} if due else None,
        "shelved_until": iso(row["shelved_until_us"]) if row["shelved_until_us"] and row["state"] == "shelved" else None,
        "transitions": transitions,
    }  # fmt: skip
