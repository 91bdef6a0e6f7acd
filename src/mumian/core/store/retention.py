"""Retention by whole segments: a file goes, its catalogue row and its leaf stay, so that a figure that rested on it can
say "source expired". Nothing is ever deleted row by row.
"""

from __future__ import annotations

from collections.abc import Collection

from mumian.core.store import merging
from mumian.core.store.database import Store
from mumian.core.store.sealing import sealer


def drop_before(store: Store, us: int, kinds: Collection[str] = ("points", "waves")) -> list[str]:
    """Drop the segments of `kinds` whose newest row lies before `us`; their paths. Events stay unless named.

    The catalogue forgets first: killed in between, the next start removes the file.
    """
    with sealer(store):
        with store.tx() as cur:
            cur.execute(
                """
                update store.segments set dropped_us = %s
                where dropped_us is null and last_us < %s and kind = any(%s) returning id, path
                """,
                [store.clock.now_us(), us, list(kinds)],
            )
            gone = cur.fetchall()
            copies = merging.forget(cur, [row[0] for row in gone])
        paths = [str(row[1]) for row in gone]
        merging.remove(store, [*paths, *copies])
        merging.merge(store)  # of the segments that stay, those whose copy went get a new one
    return paths
