"""What a person does to an alarm: acknowledge, hand over, resolve, shelve, report a fall that no device saw.

An `Idempotency-Key` makes a repeated call an answer instead of a second act.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mumian.core import registry
from mumian.core.decide import alarms, rows, writer
from mumian.core.decide.states import RESOLUTIONS
from mumian.core.identity import gate
from mumian.core.identity.principal import floors_of
from mumian.core.kernel import clock, ids
from mumian.core.kernel.errors import BadInput, NotFound
from mumian.core.store import events

if TYPE_CHECKING:
    from mumian.core.identity.gate import Principal
    from mumian.core.kernel.authorised import Authorised, Scope
    from mumian.core.store import Store

ACTIONS = ("acknowledge", "handover", "resolve", "shelve")
REPORTED = ("fall",)
SHELVE_MAX_US = clock.DAY_US
REPORT_BACK_US = 30 * clock.DAY_US


def act(store: Store, principal: Principal, scope: Authorised[Scope], alarm: str, action: str,
        body: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:  # fmt: skip
    """Take `action` and return the alarm's JSON.

    Raises NotFound outside the scope, BadInput for a wrong body, TransitionForbidden for a wrong state.
    """
    changes, note = _read_body(action, body, store.clock.now_us())
    actor = principal.staff or principal.actor
    with store.tx() as cur:
        row = rows.lock(cur, alarm)
        if row is None or not alarms.visible(scope.value, row["floor"]):
            raise NotFound(what="alarm", id=alarm)
        if not _answered(cur, key, actor, alarm, action, body, store.clock.now_us()):
            _do(cur, row, action, actor, changes, note, store.clock.now_us())
    return alarms.one(store, scope, alarm)


def decline(store: Store, alarm: str) -> None:
    """The one who was called cannot go: the next step is due now. An alarm that is no longer new stays as it is."""
    now_us = store.clock.now_us()
    with store.tx() as cur:
        rows.hasten(cur, alarm, "escalate", now_us)


def _do(cur: Any, row: dict[str, Any], action: str, actor: str, changes: dict[str, Any], note: str | None,
        now_us: int) -> None:  # fmt: skip
    if action == "acknowledge":
        changes = {"owner": actor} | ({} if row["acknowledged_us"] else {"acknowledged_us": now_us})
    if action == "handover":
        _can_take(cur, changes["owner"], row["floor"])
    if action == "resolve":
        changes["resolved_us"] = now_us
    moved = writer.move(cur, row, action, actor, now_us, note, **changes)
    if action == "handover":
        writer.page(cur, moved, row["step"], changes["owner"], now_us)
    if action == "shelve":
        rows.set_timer(cur, row["id"], "unshelve", changes["shelved_until_us"])


def _read_body(action: str, body: Mapping[str, Any], now_us: int) -> tuple[dict[str, Any], str | None]:
    note = body.get("note")
    if note is not None and not isinstance(note, str):
        raise BadInput(detail="note: give text")
    if action == "handover":
        return {"owner": _text(body, "to", "the id of the member of staff who takes over")}, note
    if action == "resolve":
        return {"resolution": _resolution(body.get("resolution"))}, note
    if action == "shelve":
        return {"shelved_until_us": _until(body.get("until"), now_us)}, _text(
            body, "reason", "why it may wait"
        )
    return {}, note


def _text(body: Mapping[str, Any], name: str, meaning: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(detail=f"{name} is missing: give {meaning}")
    return value.strip()


def _resolution(value: object) -> str:
    word = str(value).lower() if isinstance(value, bool) else value
    if word not in RESOLUTIONS:
        raise BadInput(detail=f"resolution {value!r}: give one of {', '.join(RESOLUTIONS)}")
    return str(word)


def _until(value: object, now_us: int) -> int:
    until = clock.parse(value, "until")
    if not now_us < until <= now_us + SHELVE_MAX_US:
        raise BadInput(detail=f"until {clock.iso(until)}: give a time within the next 24 hours")
    return until


def _can_take(cur: Any, staff: str, floor: str | None) -> None:
    """She works here, acts on alarms, and this one lies on her floors: nobody may own what does not exist for her."""
    found = cur.execute(
        "select name, role, floors from registry.staff where id = %s and left_us is null", (staff,)
    ).fetchone()
    if not found:
        raise BadInput(detail=f"to {staff!r}: no such member of staff; see the staff page for ids")
    name, role, floors = found
    if not gate.permitted(role, "alarm.act"):
        raise BadInput(
            detail=f"to {staff!r}: a {role} does not act on alarms; choose a nurse, caregiver or director"
        )
    if not alarms.reaches(floors_of(role, floors), floor):
        raise BadInput(
            detail=f"to {staff!r}: {name} does not serve the floor of this alarm; choose somebody who does"
        )


def _answered(
    cur: Any, key: str | None, actor: str, alarm: str, action: str, body: Mapping[str, Any], now_us: int
) -> bool:
    """True when this key was used before for the same act; a key used for something else is refused."""
    if not key:
        return False
    told = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    cur.execute(
        "insert into decide.answers (key, actor, alarm, action, at_us, body) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (key, actor) do nothing",
        (key, actor, alarm, action, now_us, told),
    )
    if cur.rowcount:
        return False
    row = cur.execute(
        "select alarm, action, body from decide.answers where key = %s and actor = %s", (key, actor)
    ).fetchone()
    if row[:2] != (alarm, action) or row[2] not in ("", told):
        raise BadInput(
            detail=f"Idempotency-Key {key!r} was used for another act or another body; make a fresh one for each act"
        )
    return True


def _origin(home: registry.Snapshot, person: ids.PersonId, at_us: int) -> str:
    """A report belongs beside the data of what the resident wears; without a device it is a person's word in service."""
    worn = [home.device(device) for device in home.devices_of(person, at_us)]
    return next((held.origin for held in worn if held), "field")


def report(store: Store, principal: Principal, scope: Authorised[Scope], body: Mapping[str, Any],
           seconds: tuple[float, ...], key: str | None = None) -> dict[str, Any]:  # fmt: skip
    """A person reports a fall that no device saw: an alarm of its own, counted as missed by the devices."""
    now_us = store.clock.now_us()
    person = _text(body, "person", "the resident's id")
    kind = body.get("kind")
    if kind not in REPORTED:
        raise BadInput(detail=f"kind {kind!r}: only {', '.join(REPORTED)} can be reported")
    event_us = clock.parse(body.get("time"))
    if event_us < now_us - REPORT_BACK_US:
        raise BadInput(detail=f"time {clock.iso(event_us)} lies more than 30 days back: is the date right?")
    if event_us > now_us + 60 * clock.SECOND_US:
        raise BadInput(detail=f"time {clock.iso(event_us)} lies in the future")
    actor = principal.staff or principal.actor
    home = registry.snapshot(store)
    found = home.person(ids.PersonId(person))
    floor = home.floor_of_person(found.id) if found else None
    if found is None or not alarms.visible(scope.value, floor):
        raise NotFound(what="person", id=person)
    finding = f"reported:{actor}:{key}" if key else ids.new("reported")
    note = body.get("note") if isinstance(body.get("note"), str) else None
    wish = writer.Wish(
        finding=finding, kind=str(kind), person=person, place=found.bed, floor=floor, device=None, tier="intervene",
        event_us=event_us,
        reason={"zh": "人工上报：没有设备看见的跌倒", "en": "Reported: a fall that no device saw"},
        evidence={"reported_by": actor, "note": note, "missed": True}, origin=_origin(home, found.id, event_us),
        ladder=("nurse", "director"),
    )  # fmt: skip
    with store.tx() as cur:
        _answered(cur, key, actor, "", "report", body, now_us)
        alarm = writer.raise_alarm(cur, wish, seconds, now_us, by=actor)
        if alarm is None:
            (alarm,) = cur.execute(
                "select id from decide.alarms where finding = %s", (finding,)
            ).fetchone() or ("",)
        else:
            facts = {"person": person, "event_us": event_us, "alarm": alarm}
            events.append(cur, "reported_fall", now_us, wish.origin, person, facts)
    return alarms.one(store, scope, str(alarm))
