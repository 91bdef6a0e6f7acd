"""Pages as people and programs see them, and the receipt by which a browser confirms one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mumian.core.act import outbox
from mumian.core.kernel.clock import iso
from mumian.core.kernel.errors import NotFound

if TYPE_CHECKING:
    from mumian.core.identity.gate import Principal
    from mumian.core.store import Store


def by_alarm(store: Store, alarms: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Alarm id → its pages in order: at, to, step, channel, outcome."""
    out: dict[str, list[dict[str, Any]]] = {}
    for alarm, page, at_us, to, step, channel, outcome, detail in store.query(
        "select alarm, page, at_us, addressee, step, channel, outcome, detail from act.deliveries where alarm = any(%s)"
        " order by at_us, id",
        (list(alarms),),
    ):
        out.setdefault(alarm, []).append(
            {"page": page, "at": iso(at_us), "to": to, "step": step, "channel": channel, "outcome": outcome,
             "detail": detail}
        )  # fmt: skip
    return out


def with_pages(store: Store, alarms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The alarms' JSON with `pages` added."""
    pages = by_alarm(store, [alarm["id"] for alarm in alarms])
    return [{**alarm, "pages": pages.get(alarm["id"], [])} for alarm in alarms]


def waiting(store: Store, staff: str) -> list[dict[str, Any]]:
    """Pages that were offered to this person's browser and not confirmed yet."""
    found = store.query(
        "select d.page, d.alarm, d.step, d.at_us from act.deliveries d join decide.alarms a on a.id = d.alarm"
        " where d.addressee = %s and d.channel = 'browser' and d.outcome = 'offered' and a.state = 'new' order by d.at_us",
        (staff,),
    )
    return [
        {"page": page, "alarm": alarm, "step": step, "at": iso(at_us)} for page, alarm, step, at_us in found
    ]


def receipt(store: Store, principal: Principal, page: str) -> None:
    """The called person's browser shows the page. Only she can confirm it; a second receipt changes nothing."""
    with store.tx() as cur:
        row = cur.execute(
            "select addressee from act.deliveries where page = %s and channel = 'browser'", (page,)
        ).fetchone()
        if row is None or row[0] != principal.staff:
            raise NotFound(what="page", id=page)
        outbox.settle(cur, page, "browser", "delivered", "", store.clock.now_us())


def called(store: Store, staff: str) -> list[str]:
    """Alarms this person has been called to and that are still open, newest first."""
    found = store.query(
        "select distinct a.id, a.raised_us from decide.outbox o join decide.alarms a on a.id = o.alarm"
        " where o.addressee = %s and o.kind = 'page' and a.state <> 'resolved' order by a.raised_us desc",
        (staff,),
    )
    return [alarm for alarm, _ in found]
