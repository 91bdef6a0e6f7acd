"""prove's SQL: envelopes in, envelopes out. There is nothing else to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mumian.core.store import Jsonb

if TYPE_CHECKING:
    from mumian.core.store import Cursor, Store


@dataclass(frozen=True, slots=True)
class Filed:
    """A stored envelope as the database tells it; only its signed payload is believed."""

    id: str
    indicator: str
    origin: str
    computed_us: int
    leaf: int
    envelope: Mapping[str, Any]


COLUMNS = "id, indicator, origin, computed_us, leaf, envelope"


def add(cur: Cursor, filed: Filed) -> None:
    """Store a signed figure."""
    cur.execute(
        f"insert into prove.figures ({COLUMNS}) values (%s, %s, %s, %s, %s, %s)",
        (filed.id, filed.indicator, filed.origin, filed.computed_us, filed.leaf, Jsonb(filed.envelope)),
    )


def newest(store: Store) -> list[Filed]:
    """The newest envelope of each indicator and origin."""
    found = store.query(
        f"select distinct on (indicator, origin) {COLUMNS} from prove.figures"
        " order by indicator, origin, computed_us desc, id desc"
    )
    return [Filed(*row) for row in found]


def every(store: Store) -> list[Filed]:
    """All envelopes, oldest first."""
    return [
        Filed(*row) for row in store.query(f"select {COLUMNS} from prove.figures order by computed_us, id")
    ]


def one(store: Store, id: str) -> Filed | None:
    """An envelope by its id."""
    found = store.query(f"select {COLUMNS} from prove.figures where id = %s", (id,))
    return Filed(*found[0]) if found else None
