"""What comes back from the world as a record and moves an alarm: the wearer's answer, another sensor's movement."""

from __future__ import annotations

from typing import Any

from mumian.core.decide import rows, writer
from mumian.core.decide.ladder import Ladder
from mumian.core.kernel.clock import iso_us
from mumian.core.observe.records import Reply
from mumian.core.store import events


def answer(cur: Any, reply: Reply, seconds: tuple[float, ...], now_us: int) -> str | None:
    """The wearer answered: "ok" returns the alarm (it stays visible until somebody claims it), "help" climbs at once.

    Gives a reason when the answer fits no question that this band was asked.
    """
    asked = cur.execute(
        "select alarm, step from decide.outbox where id = %s and kind = 'command' and addressee = %s",
        (reply.command, reply.device),
    ).fetchone()
    if asked is None:
        return f"no such question was put to {reply.device}: {reply.command[:64]!r}"
    alarm = rows.lock(cur, asked[0])
    assert alarm is not None
    evidence = {
        **alarm["evidence"],
        "ask": {"command": reply.command, "answer": reply.answer, "at": iso_us(reply.event_us)},
    }
    rows.update(cur, alarm["id"], evidence=evidence)
    if alarm["state"] == "new":
        _follow(cur, alarm, reply, asked[1], seconds, now_us)
    body = {"command": reply.command, "alarm": alarm["id"], "device": reply.device, "answer": reply.answer}
    events.append(cur, "command", now_us, alarm["origin"], reply.device, body)
    return None


def _follow(
    cur: Any, alarm: dict[str, Any], reply: Reply, step: int, seconds: tuple[float, ...], now_us: int
) -> None:
    if reply.answer == "ok":
        writer.move(cur, alarm, "clear", f"wearer:{reply.device}", now_us, "wearer answered: all right")
    elif alarm["step"] <= step:
        ladder = Ladder(tuple(alarm["ladder"]), seconds)
        writer.climb(cur, alarm, ladder.after(step), seconds, now_us)


def corroborate(cur: Any, room: str, device: str, what: str, at_us: int) -> None:
    """Another sensor in the room saw something while a fall is unanswered: into the evidence, for whoever runs there."""
    found = cur.execute(
        rows.SELECT + " where kind = 'fall' and state = 'new' and event_us <= %s and place in ("
        "  select id from registry.places where id = %s or parent = %s) for update",
        (at_us, room, room),
    ).fetchall()
    for alarm in map(rows.as_dict, found):
        seen = [
            *alarm["evidence"].get("corroboration", []),
            {"device": device, "saw": what, "at": iso_us(at_us)},
        ]
        rows.update(cur, alarm["id"], evidence={**alarm["evidence"], "corroboration": seen[-5:]})
