"""The alarm writer: the only code that changes an alarm. Each change, its timer, its journal entry and its outbox row
stand in the caller's one transaction, so that after a kill -9 either all of it happened or nothing did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mumian.core import registry
from mumian.core.decide import rows
from mumian.core.decide.ladder import Ladder, nearest
from mumian.core.decide.policy import ROLES
from mumian.core.decide.states import PRIORITY, follow
from mumian.core.kernel import ids
from mumian.core.store import events


@dataclass(frozen=True, slots=True)
class Wish:
    """An alarm that decide wants raised. `finding` makes it unique: the same finding never raises two."""

    finding: str
    kind: str
    person: str | None
    place: str | None
    floor: str | None
    device: str | None
    tier: str
    event_us: int
    reason: Mapping[str, str]
    evidence: Mapping[str, Any]
    origin: str
    ladder: tuple[str, ...]


def raise_alarm(
    cur: Any, wish: Wish, seconds: tuple[float, ...], now_us: int, by: str = "system"
) -> str | None:
    """Raise `wish` and ask the first of its ladder. None when its finding has an alarm already."""
    alarm = {
        "id": ids.new("A"), "finding": wish.finding, "kind": wish.kind, "person": wish.person, "place": wish.place,
        "floor": wish.floor, "device": wish.device, "tier": wish.tier, "priority": PRIORITY[wish.tier],
        "state": "new", "event_us": wish.event_us, "raised_us": now_us, "updated_us": now_us,
        "reason": dict(wish.reason), "evidence": dict(wish.evidence), "origin": wish.origin,
        "ladder": list(wish.ladder),
    }  # fmt: skip
    if not rows.insert(cur, alarm):
        return None
    alarm |= {"step": 0, "round": 0, "resolution": None}
    _note(cur, alarm, None, "new", by, None, "raise", now_us)
    climb(cur, alarm, Ladder(wish.ladder, seconds).first(), seconds, now_us)
    return str(alarm["id"])


def move(cur: Any, alarm: dict[str, Any], action: str, by: str, now_us: int, note: str | None = None,
         **changes: Any) -> dict[str, Any]:  # fmt: skip
    """Take `action` on a locked alarm. Raises TransitionForbidden (409) when its state does not allow it."""
    target = follow(alarm["state"], action)
    source = alarm["state"]
    rows.update(cur, alarm["id"], state=target, updated_us=now_us, **changes)
    alarm = {**alarm, **changes, "state": target}
    if target != "new":
        rows.drop_timer(cur, alarm["id"], "escalate")
        _withdraw(cur, alarm["id"], now_us)
    if source == "shelved":
        rows.drop_timer(cur, alarm["id"], "unshelve")
    _note(cur, alarm, source, target, by, note, action, now_us)
    return alarm


def climb(
    cur: Any, alarm: Mapping[str, Any], step: int | None, seconds: tuple[float, ...], now_us: int
) -> None:
    """Ask `step` of the ladder, or the next that has somebody, and set the timer to the step after it."""
    ladder = Ladder(tuple(alarm["ladder"]), seconds)
    while step is not None and not _ask(cur, alarm, step, ladder, now_us):
        step = ladder.after(step)
    if step is None:
        return
    rows.update(cur, alarm["id"], step=step)
    following = ladder.after(step)
    if following is not None:
        rows.set_timer(cur, alarm["id"], "escalate", now_us + ladder.wait_us(step), following)


def _ask(cur: Any, alarm: Mapping[str, Any], step: int, ladder: Ladder, now_us: int) -> bool:
    role = ROLES[step]
    if role == "ask":
        return _ask_wearer(cur, alarm, step, now_us + ladder.wait_us(step), now_us)
    asked = _who(cur, role, alarm["floor"], now_us)
    for staff in asked:
        page(cur, alarm, step, staff, now_us)
    return bool(asked)


def _ask_wearer(cur: Any, alarm: Mapping[str, Any], step: int, until_us: int, now_us: int) -> bool:
    if not alarm["device"]:
        return False
    command = ids.new("C")
    rows.order(cur, id=command, kind="command", alarm=alarm["id"], step=step, round=alarm["round"],
               addressee=alarm["device"], body={"kind": "ask", "until_us": until_us}, at_us=now_us)  # fmt: skip
    body = {
        "command": command,
        "alarm": alarm["id"],
        "device": alarm["device"],
        "kind": "ask",
        "until_us": until_us,
    }
    events.append(cur, "command", now_us, alarm["origin"], alarm["device"], body)
    return True


def page(cur: Any, alarm: Mapping[str, Any], step: int, staff: str, now_us: int) -> None:
    """Order one page to one member of staff; a second order for the same step and round is ignored."""
    body = {
        "alarm": alarm["id"], "to": staff, "step": step, "kind": alarm["kind"], "tier": alarm["tier"],
        "person": alarm["person"], "place": alarm["place"], "reason": alarm["reason"],
    }  # fmt: skip
    rows.order(cur, id=ids.new("P"), kind="page", alarm=alarm["id"], step=step, round=alarm["round"],
               addressee=staff, body=body, at_us=now_us)  # fmt: skip


def _who(cur: Any, role: str, floor: str | None, now_us: int) -> list[str]:
    """Who is asked: of a shift's caregivers the nearest one, of nurses and directors all on shift.

    Where nobody serves this floor now, whoever is on shift; where nobody is, everybody of the role: better to wake
    somebody who is off duty than to ask nobody.
    """
    home = registry.snapshot_in(cur, cur.store)
    place = ids.PlaceId(floor) if floor else None
    employed = [s for s in home.staff.values() if s.role == role and s.left_us is None]
    staff = home.on_shift(role, place, now_us) or home.on_shift(role, None, now_us) or employed
    if role != "caregiver":
        return [s.id for s in staff]
    held = dict(
        cur.execute(
            "select owner, count(*) from decide.alarms where state = 'acknowledged' and owner = any(%s) group by owner",
            ([s.id for s in staff],),
        ).fetchall()
    )
    staff = [
        s for s in staff if s.floors
    ] or staff  # who has no floor is not shown the alarm she would be called to
    here = [(s.id, floor if floor in s.floors else None, held.get(s.id, 0)) for s in staff]
    chosen = nearest(here, floor)
    return [chosen] if chosen else []


def _withdraw(cur: Any, alarm: str, now_us: int) -> None:
    """Orders that nobody has begun to deliver are void once somebody answers."""
    cur.execute(
        "update decide.outbox set done_us = %s where alarm = %s and kind = 'page' and done_us is null and attempts = 0"
        " and claimed_until_us = 0",
        (now_us, alarm),
    )


def _note(cur: Any, alarm: Mapping[str, Any], source: str | None, target: str, by: str, note: str | None, action: str,
          now_us: int) -> None:  # fmt: skip
    transition = rows.add_transition(cur, alarm["id"], now_us, source, target, by, note, action)
    body = {
        "id": transition, "alarm": alarm["id"], "kind": alarm["kind"], "person": alarm["person"],
        "device": alarm["device"], "place": alarm["place"], "tier": alarm["tier"], "priority": alarm["priority"],
        "from": source, "to": target, "by": by, "note": note, "event_us": alarm["event_us"],
        "raised_us": alarm["raised_us"], "resolution": alarm.get("resolution"), "finding": alarm["finding"],
    }  # fmt: skip
    events.append(cur, "alarm", now_us, alarm["origin"], str(alarm["person"] or alarm["device"] or ""), body)
