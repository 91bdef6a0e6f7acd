"""All devices' waveforms of the last seconds, for detectors that come back after a restart."""

from __future__ import annotations

from mumian.core.kernel.authorised import Authorised, Scope
from mumian.core.store import catalogue, scan
from mumian.core.store.access import log_read
from mumian.core.store.database import Store
from mumian.core.store.hot import Wave
from mumian.core.store.series import WAVE, readable, trim


def waves_since(
    store: Store, authorised: Authorised[Scope], kind: str, from_us: int, until_us: int
) -> list[Wave]:
    """Batches of every device in the scope that begin in [from_us, until_us), oldest first."""
    with catalogue.view(store, "waves", from_us, until_us) as (cur, segments):
        cur.execute(
            f"select {WAVE} from (select * from store.wave_a union all select * from store.wave_b) hot"
            " where kind = %s and event_us >= %s and event_us < %s",
            [kind, from_us, until_us],
        )
        found = cur.fetchall()
    found += scan.rows(
        store, segments, WAVE, "kind = $kind and event_us >= $begin and event_us < $end",
        {"kind": kind, "begin": from_us, "end": until_us},
    )  # fmt: skip
    scope = authorised.value
    kept = [
        wave
        for row in sorted(found, key=lambda row: (row[2], row[3]))
        for wave in trim(row, readable(scope, row[0], from_us, until_us) or [])
    ]
    log_read(store, scope, "waves", f"all/{kind}", len(kept))
    return kept
