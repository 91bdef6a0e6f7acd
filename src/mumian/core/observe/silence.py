"""Silence is a finding: a device that should speak and does not is blind since it was last heard.

Also what a device last said of itself: battery, worn or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.clock import SECOND_US, iso
from mumian.core.observe.records import Observation, Record

if TYPE_CHECKING:
    from mumian.core.kernel.authorised import Scope
    from mumian.core.store import Store

FIRST_WORD_US = (
    120 * SECOND_US
)  # what was just handed out needs not speak at once before somebody is told of it
INTERVALS = 3  # a device is blind after this many expected intervals without a word


@dataclass(frozen=True, slots=True)
class Heard:
    """What one batch says of one device."""

    seen_us: int
    event_us: int
    battery_percent: float | None
    worn: bool | None


def hear(records: Iterable[Record]) -> dict[str, Heard]:
    """The newest word of each device in a batch."""
    out: dict[str, Heard] = {}
    for record in records:
        values: Mapping[str, float] = record.values if isinstance(record, Observation) else {}
        old = out.get(record.device)
        battery = values.get("battery_percent", old.battery_percent if old else None)
        worn = bool(values["worn"]) if "worn" in values else (old.worn if old else None)
        event_us = max(record.event_us, old.event_us) if old else record.event_us
        out[record.device] = Heard(record.received_us, event_us, battery, worn)
    return out


def write(cur: Any, heard: Mapping[str, Heard]) -> None:
    """Store `heard` in the caller's transaction; a device that speaks is not blind."""
    if not heard:
        return
    devices = sorted(heard)
    rows = [heard[d] for d in devices]
    cur.execute(
        "insert into observe.device_state (device, last_seen_us, last_event_us, battery_percent, worn, worn_since_us)"
        " select d, s, e, b, w, s from unnest(%s::text[], %s::int8[], %s::int8[], %s::float8[], %s::bool[]) t(d, s, e, b, w)"
        " on conflict (device) do update set"
        "  last_seen_us = greatest(excluded.last_seen_us, observe.device_state.last_seen_us),"
        "  last_event_us = greatest(excluded.last_event_us, observe.device_state.last_event_us),"
        "  battery_percent = coalesce(excluded.battery_percent, observe.device_state.battery_percent),"
        "  worn_since_us = case when excluded.worn is distinct from observe.device_state.worn and excluded.worn is not null"
        "   then excluded.worn_since_us else observe.device_state.worn_since_us end,"
        "  worn = coalesce(excluded.worn, observe.device_state.worn), blind_since_us = null",
        (devices, [r.seen_us for r in rows], [r.event_us for r in rows], [r.battery_percent for r in rows],
         [r.worn for r in rows]),
    )  # fmt: skip


def newly_blind(cur: Any, now_us: int, since_us: int) -> list[tuple[str, int]]:
    """Mark devices that fell silent: (device, blind since). `since_us`: when the service began to listen.

    Only devices in use count: worn by somebody now, or standing in a place.
    """
    found = cur.execute(
        """
        with due as (
            select d.id, greatest(coalesce(s.last_seen_us, d.made_us), 0) as seen_us, s.last_seen_us is not null as spoken, d.expected_interval_s * 1e6 * %s as wait
            from registry.devices d left join observe.device_state s on s.device = d.id
            where d.retired_us is null and s.blind_since_us is null and (
                exists (select 1 from registry.assignments a where a.device = d.id and a.from_us <= %s
                        and (a.until_us is null or a.until_us > %s))
                or (d.place is not null and d.kind not in ('band', 'watch')))
        )
        insert into observe.device_state (device, last_seen_us, blind_since_us)
        select id, seen_us, seen_us from due
        where greatest(seen_us, %s) + case when spoken then wait else greatest(wait, %s) end <= %s order by id
        on conflict (device) do update set blind_since_us = excluded.blind_since_us
        returning device, blind_since_us
        """,
        (INTERVALS, now_us, now_us, since_us, FIRST_WORD_US, now_us),
    ).fetchall()
    return [(device, int(us)) for device, us in found]


def heard(store: Store, devices: Sequence[str] | None = None) -> dict[str, tuple[Any, ...]]:
    """Device → (last_seen_us, worn, battery_percent, blind_since_us, last_event_us), of `devices` (None: all) that ever spoke."""
    found = store.query(
        "select device, last_seen_us, worn, battery_percent, blind_since_us, last_event_us from observe.device_state"
        " where %s::text[] is null or device = any(%s)",
        (None if devices is None else list(devices),) * 2,
    )
    return {row[0]: row[1:] for row in found}


def devices(store: Store, scope: Scope | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    """All devices in use with their state. `scope` None: the whole home (an admin)."""
    now_us = store.clock.now_us()
    rows = store.query(
        """
        select d.id, d.kind, d.place, d.origin, d.expected_interval_s, s.last_seen_us, s.last_event_us,
               s.battery_percent, s.worn, s.blind_since_us, a.person, d.made_us
        from registry.devices d left join observe.device_state s on s.device = d.id
        left join registry.assignments a on a.device = d.id and a.from_us <= %s and (a.until_us is null or a.until_us > %s)
        where d.retired_us is null order by d.id
        """,
        (now_us, now_us),
    )
    allowed = None if scope is None or scope.floors is None else set(scope.windows)
    listed = [_device(row, now_us) for row in rows if allowed is None or row[0] in allowed]
    return listed if limit is None else listed[:limit]


def _device(row: tuple[Any, ...], now_us: int) -> dict[str, Any]:
    id, kind, place, origin, interval_s, seen_us, event_us, battery, worn, blind_us, person, made_us = row
    late = now_us - (seen_us or made_us) > INTERVALS * interval_s * SECOND_US
    blind = blind_us if blind_us is not None else (seen_us or made_us) if late else None
    return {
        "id": id, "kind": kind, "place": place, "person": person, "origin": origin, "expected_interval_s": interval_s,
        "last_seen": iso(seen_us) if event_us else None, "last_event": iso(event_us) if event_us else None,
        "battery_percent": battery, "worn": worn, "blind_since": iso(blind) if blind is not None else None,
    }  # fmt: skip
