"""What was refused: kept with its reason, countable, shown. Rows of one device and reason collapse by the minute.

The newest raw bytes stay (2 KiB at most), so that an engineer can see what a device really sends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.clock import SECOND_US, iso
from mumian.core.observe.records import Refused

if TYPE_CHECKING:
    from mumian.core.store import Store

WINDOW_US = 60 * SECOND_US


def write(cur: Any, refused: Sequence[Refused]) -> None:
    """Add `refused` in the caller's transaction. Sorted, so that two writers cannot deadlock."""
    groups: dict[tuple[str, str], tuple[int, Refused]] = {}
    for one in refused:
        key = (_plain(one.device)[:64], one.reason)
        groups[key] = (groups[key][0] + 1 if key in groups else 1, one)
    for (device, reason), (count, last) in sorted(groups.items(), key=lambda item: item[0]):
        _add(cur, device, reason, count, last)


def _add(cur: Any, device: str, reason: str, count: int, last: Refused) -> None:
    message = _plain(last.message)[:500]
    cur.execute(
        "update observe.quarantine set count = count + %s, received_us = %s, message = %s, raw = %s where id = ("
        " select id from observe.quarantine where device = %s and reason = %s and first_us > %s limit 1)",
        (count, last.received_us, message, last.raw[:2048], device, reason, last.received_us - WINDOW_US),
    )
    if not cur.rowcount:
        cur.execute(
            "insert into observe.quarantine (device, reason, message, first_us, received_us, count, raw)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            (device, reason, message, last.received_us, last.received_us, count, last.raw[:2048]),
        )


def _plain(text: str) -> str:
    """`text` as the database can keep it: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def read(store: Store, limit: int | None = None) -> list[dict[str, Any]]:
    """Newest first: id, device, reason, message, received_at, count."""
    found = store.query(
        "select id, device, reason, message, received_us, count from observe.quarantine order by received_us desc, id desc"
        + ("" if limit is None else f" limit {int(limit)}")
    )
    return [
        {
            "id": id,
            "device": device,
            "reason": reason,
            "message": message,
            "received_at": iso(at_us),
            "count": count,
        }
        for id, device, reason, message, at_us, count in found
    ]


def counts(store: Store) -> dict[str, int]:
    """How many messages were refused, by reason."""
    return dict(store.query("select reason, sum(count)::bigint from observe.quarantine group by reason"))
