"""Claims what decide ordered and delivers it: at least once, under one idempotency key, with failover between channels.

A browser that does not confirm within 10 s is `unconfirmed` and Web Push is tried; the webhook gets every page. The
claim outlives a crash by `CLAIM_US` only, so a killed process loses nothing and the next one takes over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mumian.core.act.channels import Outcome, Webhook, WebPush
from mumian.core.kernel.clock import SECOND_US
from mumian.core.store import events

if TYPE_CHECKING:
    from mumian.core.store import Store

CONFIRM_US = 10 * SECOND_US
CLAIM_US = 15 * SECOND_US
ATTEMPTS = 8  # with doubling waits: two minutes


@dataclass(slots=True)
class Delivery:
    """What the delivery needs of its surroundings."""

    store: Store
    webhook: Webhook | None
    push: WebPush | None
    command: Callable[[str, Mapping[str, Any]], None]  # (device, message): to the band

    def run(self) -> int:
        """Take one round: open what was ordered, send what is due. Returns how many rows moved."""
        return self._open() + self._send_commands() + self._send_due()

    def _open(self) -> int:
        """Turn each ordered page into one row per channel, each command into a message to the band."""
        with self.store.tx() as cur:
            now_us = self.store.clock.now_us()
            found = cur.execute(
                "select id, kind, alarm, step, addressee, body from decide.outbox where done_us is null"
                " order by made_us limit 100 for update skip locked"
            ).fetchall()
            for id, kind, alarm, step, addressee, body in found:
                if kind == "page":
                    self._open_page(cur, id, alarm, step, addressee, now_us)
                else:
                    self._open_command(cur, id, alarm, addressee, body, now_us)
                cur.execute("update decide.outbox set done_us = %s, attempts = 1 where id = %s", (now_us, id))
        return len(found)

    def _open_page(self, cur: Any, page: str, alarm: str, step: int, to: str, now_us: int) -> None:
        add(cur, page, alarm, to, step, "browser", "offered", now_us, now_us + CONFIRM_US)
        if self.webhook:
            add(cur, page, alarm, to, step, "webhook", "sending", now_us, now_us)

    def _open_command(
        self, cur: Any, id: str, alarm: str, device: str, body: Mapping[str, Any], now_us: int
    ) -> None:
        cur.execute(
            "insert into act.commands (id, alarm, device, kind, made_us, until_us) values (%s, %s, %s, %s, %s, %s)"
            " on conflict (id) do nothing",
            (id, alarm, device, body["kind"], now_us, body["until_us"]),
        )

    def _send_commands(self) -> int:
        """Send every command that is still in time and was not sent; a killed process has left some, perhaps sent already."""
        now_us = self.store.clock.now_us()
        due = self.store.query(
            "select id, device, kind, until_us from act.commands where sent_us is null and until_us > %s order by made_us limit 100",
            (now_us,),
        )
        for id, device, kind, until_us in due:
            self.command(device, {"id": id, "kind": kind, "until_us": until_us})
            with self.store.tx() as cur:
                cur.execute(
                    "update act.commands set sent_us = %s where id = %s", (self.store.clock.now_us(), id)
                )
        return len(due)

    def _send_due(self) -> int:
        due = self._claim()
        for row in due:
            self._settle(row, self._try(row))
        return len(due)

    def _claim(self) -> list[dict[str, Any]]:
        now_us = self.store.clock.now_us()
        with self.store.tx() as cur:
            found = cur.execute(
                "update act.deliveries d set claimed_until_us = %s, attempts = attempts + 1 where id in ("
                "  select id from act.deliveries where due_us <= %s and claimed_until_us <= %s order by due_us"
                "  limit 20 for update skip locked)"
                " returning id, page, alarm, addressee, step, channel, attempts,"
                "  (select body from decide.outbox o where o.id = d.page),"
                "  (select origin from decide.alarms a where a.id = d.alarm)",
                (now_us + CLAIM_US, now_us, now_us),
            ).fetchall()
        names = ("id", "page", "alarm", "to", "step", "channel", "attempts", "body", "origin")
        return [dict(zip(names, row, strict=True)) for row in found]

    def _try(self, row: Mapping[str, Any]) -> Outcome:
        page = {**row["body"], "id": row["page"]}
        if row["channel"] == "webhook" and self.webhook:
            return self.webhook.send(page)
        if row["channel"] == "push" and self.push:
            return self.push.send_to(self._subscriptions(row["to"]), page)
        return Outcome(False, "no receipt within 10 s", final=True)

    def _subscriptions(self, staff: str) -> list[tuple[str, str, str]]:
        return [
            (e, p, a)
            for e, p, a in self.store.query(
                "select endpoint, p256dh, auth from act.push_subscriptions where staff = %s", (staff,)
            )
        ]

    def _settle(self, row: Mapping[str, Any], outcome: Outcome) -> None:
        now_us = self.store.clock.now_us()
        with self.store.tx() as cur:
            if not outcome.delivered and not outcome.final and row["attempts"] < ATTEMPTS:
                later = now_us + SECOND_US * 2 ** (row["attempts"] - 1)
                cur.execute(
                    "update act.deliveries set due_us = %s, claimed_until_us = 0, outcome = 'retrying', detail = %s where id = %s",
                    (later, outcome.detail, row["id"]),
                )
                return
            word = (
                "delivered"
                if outcome.delivered
                else "unconfirmed"
                if row["channel"] == "browser"
                else "failed"
            )
            if (
                settle(cur, row["page"], row["channel"], word, outcome.detail, now_us)
                and row["channel"] == "browser"
            ):
                add(cur, row["page"], row["alarm"], row["to"], row["step"], "push", "sending", now_us, now_us)


def add(cur: Any, page: str, alarm: str, to: str, step: int, channel: str, outcome: str, now_us: int,
        due_us: int | None) -> None:  # fmt: skip
    """One channel's row for a page; a second is ignored."""
    cur.execute(
        "insert into act.deliveries (page, alarm, addressee, step, channel, at_us, outcome, due_us)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (page, channel) do nothing",
        (page, alarm, to, step, channel, now_us, outcome, due_us),
    )


def settle(cur: Any, page: str, channel: str, outcome: str, detail: str, now_us: int) -> bool:
    """Write a channel's final outcome once, with its journal entry; False when it was settled before."""
    row = cur.execute(
        "update act.deliveries d set outcome = %s, detail = %s, settled_us = %s, due_us = null"
        " where page = %s and channel = %s and settled_us is null"
        " returning alarm, addressee, step, (select origin from decide.alarms a where a.id = d.alarm)",
        (outcome, detail, now_us, page, channel),
    ).fetchone()
    if row is None:
        return False
    alarm, to, step, origin = row
    body = {"page": page, "alarm": alarm, "to": to, "step": step, "channel": channel, "outcome": outcome}
    events.append(cur, "page", now_us, origin, alarm, body)
    return True
