"""How long residents were really watched: the denominator of every rate. Kept by device, person and hour, then journalled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.clock import SECOND_US
from mumian.core.store import events

if TYPE_CHECKING:
    from mumian.core.kernel.authorised import Authorised, Scope
    from mumian.core.store import Store

HOUR_US = 3600 * SECOND_US


def hour_us(at_us: int) -> int:
    """Start of the hour, UTC, in which `at_us` lies."""
    return at_us // HOUR_US * HOUR_US


def write(cur: Any, seconds: Mapping[tuple[str, str, int], float]) -> None:
    """Add seconds of signal to what is kept: (device, person, start of the hour) → seconds."""
    keys = sorted(seconds)
    cur.execute(
        "insert into observe.exposure (device, person, hour_us, seconds)"
        " select * from unnest(%s::text[], %s::text[], %s::int8[], %s::float8[])"
        " on conflict (device, person, hour_us) do update set seconds = observe.exposure.seconds + excluded.seconds",
        ([k[0] for k in keys], [k[1] for k in keys], [k[2] for k in keys], [seconds[k] for k in keys]),
    )


def by_origin(store: Store, authorised: Authorised[Scope], from_us: int, until_us: int) -> dict[str, float]:
    """Origin → seconds of data of residents within the scope; two devices of one person in one hour count once."""
    found = store.query(
        "select origin, sum(longest) from (select d.origin, e.person, e.hour_us, max(e.seconds) as longest"
        " from observe.exposure e join registry.devices d on d.id = e.device"
        " where e.hour_us >= %s and e.hour_us < %s and e.person = any(%s) group by 1, 2, 3) x group by origin",
        (from_us, until_us, sorted(authorised.value.people)),
    )
    return {origin: float(seconds) for origin, seconds in found}


def journal(store: Store, origins: dict[str, str], before_us: int) -> None:
    """Move hours that began before `before_us` into the event journal, from where they are sealed."""
    with store.tx() as cur:
        found: list[tuple[Any, ...]] = cur.execute(
            "delete from observe.exposure where hour_us < %s returning device, person, hour_us, seconds",
            (before_us,),
        ).fetchall()
        for device, person, hour_us, seconds in sorted(found):
            body = {
                "device": device,
                "person": person,
                "from_us": hour_us,
                "until_us": hour_us + HOUR_US,
                "seconds": seconds,
            }
            events.append(cur, "exposure", store.clock.now_us(), origins.get(device, ""), device, body)
