"""What a band has sent and nobody has confirmed: numbered from 1 without gaps, kept over restarts, sent again until `ack`.

One SQLite file for all bands of a process. Without a file the numbers begin again at 1 and are moved on as soon as the
service tells, by an `ack` above all that was sent, that it knows them already.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec


@dataclass(slots=True)
class Queued:
    """One message, its body as JSON. `sent_s`: when it went out last (monotonic), None for not yet."""

    leaf: str
    body: bytes
    sent_s: float | None = None

    def payload(self, seq: int) -> bytes:
        """As it goes over the wire: the body with its number before the rest."""
        return b'{"seq":%d%b%b' % (seq, b"" if self.body == b"{}" else b",", self.body[1:])


@dataclass(slots=True)
class Outbox:
    """The queue of one band. `next` is the number that the next message gets."""

    next: int = 1
    pending: dict[int, Queued] = field(default_factory=dict)
    changed: bool = False

    def put(self, leaf: str, body: Mapping[str, Any]) -> int:
        """Number a message and keep it until it is confirmed."""
        seq, self.next = self.next, self.next + 1
        self.pending[seq] = Queued(leaf, msgspec.json.encode(body))
        self.changed = True
        return seq

    def acknowledge(self, seq: int) -> int:
        """Everything up to `seq` is durable; returns how many messages that settled."""
        if seq >= self.next:
            return self._renumber(seq)
        done = [s for s in self.pending if s <= seq]
        for s in done:
            del self.pending[s]
        self.changed = self.changed or bool(done)
        return len(done)

    def due(self, now_s: float, again_s: float, limit: int) -> list[int]:
        """Numbers to send now: those never sent, and those sent longer than `again_s` ago."""
        out: list[int] = []
        for seq, queued in self.pending.items():
            if len(out) == limit:
                break
            if queued.sent_s is None or now_s - queued.sent_s > again_s:
                out.append(seq)
        return out

    def forget_sending(self) -> None:
        """After a lost connection: nothing that is pending counts as sent."""
        for queued in self.pending.values():
            queued.sent_s = None

    def _renumber(self, seq: int) -> int:
        waiting = [Queued(q.leaf, q.body) for q in self.pending.values()]
        self.pending = {seq + 1 + k: q for k, q in enumerate(waiting)}
        self.next = seq + 1 + len(waiting)
        self.changed = True
        return 0


class _State(msgspec.Struct):
    """An outbox as the journal holds it."""

    next: int
    pending: list[tuple[int, str, msgspec.Raw]]


class Journal:
    """The file behind the outboxes; `file` None keeps nothing."""

    def __init__(self, file: Path | None) -> None:
        self._db = None if file is None else sqlite3.connect(file, isolation_level=None)
        if self._db:
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._db.execute(
                "create table if not exists outbox (device text primary key, state blob not null)"
            )

    def read(self, device: str) -> Outbox:
        """The outbox as it was at the last `keep`."""
        found = (
            self._db and self._db.execute("select state from outbox where device = ?", (device,)).fetchone()
        )
        if not found:
            return Outbox()
        state = msgspec.json.decode(found[0], type=_State)
        return Outbox(state.next, {seq: Queued(leaf, bytes(body)) for seq, leaf, body in state.pending})

    def keep(self, boxes: Iterable[tuple[str, Outbox]]) -> None:
        """Write the outboxes that changed, in one transaction. Call it before their new messages go out."""
        if not self._db:
            return
        changed = [(device, box) for device, box in boxes if box.changed]
        if not changed:
            return
        rows = [(device, _state(box)) for device, box in changed]
        self._db.execute("begin")
        self._db.executemany("insert or replace into outbox values (?, ?)", rows)
        self._db.execute("commit")
        for _, box in changed:
            box.changed = False


def _state(box: Outbox) -> bytes:
    pending = [(seq, q.leaf, msgspec.Raw(q.body)) for seq, q in box.pending.items()]
    return msgspec.json.encode(_State(box.next, pending))
