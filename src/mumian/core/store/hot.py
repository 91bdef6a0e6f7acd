"""Appending to the hot tables: binary COPY into whichever of the two generations is live, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ids import DeviceId, SeriesId
from mumian.core.store.arrays import Float8s, Int4s, Int8s, decode
from mumian.core.store.database import Connection, Cursor

Key = tuple[str, str, str]  # device, quantity, unit
Ints = Sequence[int] | npt.NDArray[np.integer]
_known: WeakKeyDictionary[Connection, dict[Key, int]] = WeakKeyDictionary()

_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # PostgreSQL manual, COPY, "Binary Format"
_TAIL = b"\xff\xff"
_POINT = np.dtype(
    [
        ("fields", ">i2"),
        *[(f"{part}{name}", kind) for name, size in (("s", ">i4"), ("e", ">i8"), ("r", ">i8"), ("v", ">f8"))
          for part, kind in (("len_", ">i4"), ("", size))],
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wave:
    """One batch of a waveform. `samples` is float32 of shape (n, channels); sample i was taken at event_us + i/rate_hz."""

    device: DeviceId
    kind: str
    event_us: int
    received_us: int
    rate_hz: float
    samples: npt.NDArray[np.float32]

    @property
    def end_us(self) -> int:
        """When the sample after the last would have been taken."""
        return self.event_us + round(len(self.samples) * 1e6 / self.rate_hz)


def series_id(cur: Cursor, device: str, quantity: str, unit: str) -> SeriesId:
    """The number of a series, made on first use. Raises BadInput when the series is kept in another unit."""
    return SeriesId(series_ids(cur, [(device, quantity, unit)])[0])


def series_ids(cur: Cursor, keys: Sequence[Key]) -> list[int]:
    """The same for many at once; three statements at most."""
    known = _known.setdefault(cur.connection, {})
    if missing := sorted({key for key in keys if key not in known}):
        found = _find(cur, missing)
        if unknown := [key for key in missing if key[:2] not in found]:
            _insert(cur, unknown)
            found |= _find(cur, unknown)
        for device, quantity, unit in missing:
            number, kept, settled = found[device, quantity]
            if kept != unit:
                raise BadInput(
                    detail=f"{device} {quantity} is kept in {kept!r}, not {unit!r}: convert before sending"
                )
            if settled:
                known[device, quantity, unit] = number
        return [known.get(key) or found[key[0], key[1]][0] for key in keys]
    return [known[key] for key in keys]


def _find(cur: Cursor, keys: Sequence[Key]) -> dict[tuple[str, str], tuple[int, str, bool]]:
    """(device, quantity) → id, unit, and whether the row was committed before this transaction (else it may vanish)."""
    cur.execute(
        """
        select s.device, s.quantity, s.id, s.unit,
               coalesce(s.xmin <> pg_current_xact_id_if_assigned()::xid, true)
        from store.series s join unnest(%s::text[], %s::text[]) as k(d, q) on s.device = k.d and s.quantity = k.q
        """,
        [[key[0] for key in keys], [key[1] for key in keys]],
    )
    return {(device, quantity): (number, unit, old) for device, quantity, number, unit, old in cur}


def _insert(cur: Cursor, keys: Sequence[Key]) -> None:
    columns = [list(column) for column in zip(*keys, strict=True)]
    cur.execute(
        """
        insert into store.series (device, quantity, unit) select * from unnest(%s::text[], %s::text[], %s::text[])
        on conflict (device, quantity) do nothing
        """,
        columns,
    )


def live(cur: Cursor, kind: str) -> str:
    """The generation to write, "a" or "b", fixed until this transaction ends. `kind` is points, waves or events."""
    cur.execute("select store.live(%s)", [kind])
    row = cur.fetchone()
    assert row is not None
    return str(row[0])


Floats = Sequence[float] | npt.NDArray[np.floating]


def _rows(series: Ints, event_us: Ints, received_us: Ints | int, values: Floats) -> npt.NDArray[np.void]:
    rows = np.empty(len(series), _POINT)
    rows["fields"] = 4
    rows["len_s"], rows["len_e"], rows["len_r"], rows["len_v"] = 4, 8, 8, 8
    rows["s"], rows["e"], rows["r"], rows["v"] = series, event_us, received_us, values
    return rows


def encode_points(series: Ints, event_us: Ints, received_us: Ints | int, values: Floats) -> bytes:
    """The columns as PostgreSQL's binary COPY of (int4, int8, int8, float8)."""
    return _HEAD + _rows(series, event_us, received_us, values).tobytes() + _TAIL


def append_points(
    cur: Cursor,
    series: Ints,
    event_us: Ints,
    received_us: Ints | int,
    values: Floats,
) -> None:
    """Store points, row by row of four equally long columns (received_us may be one number for all).

    In the caller's transaction; readers see them from its commit on. Call it once a transaction: two transactions that
    each call it twice could wait for each other over `latest`.
    """
    rows = _rows(series, event_us, received_us, values)
    if not len(rows):
        return
    generation = live(cur, "points")
    with cur.copy(f"copy store.hot_{generation} from stdin (format binary)") as copy:
        copy.write(_HEAD + rows.tobytes() + _TAIL)
    _latest(cur, rows)


_MANY = 200  # from here on one joined UPDATE is cheaper than an upsert; below, the upsert's fixed order of rows is
_NEWEST = "unnest(%s, %s, %s, %s) as n (series, event_us, received_us, value)"
_UPDATE = f"""
    update store.latest l set event_us = n.event_us, received_us = n.received_us, value = n.value
    from {_NEWEST} where l.series = n.series and n.event_us >= l.event_us
"""
_UPSERT = f"""
    insert into store.latest as l (series, event_us, received_us, value) select * from {_NEWEST}
    on conflict (series) do update set
        event_us = excluded.event_us, received_us = excluded.received_us, value = excluded.value
    where excluded.event_us >= l.event_us
"""


def _latest(cur: Cursor, rows: npt.NDArray[np.void]) -> None:
    """Keep the newest point of each series: by event time, the later arrival winning a tie."""
    order = np.lexsort((np.arange(len(rows)), rows["e"], rows["s"]))
    ordered = rows["s"][order]
    newest = rows[order[np.append(ordered[1:] != ordered[:-1], True)]]
    columns = [
        Int4s.encode(newest["s"]),
        Int8s.encode(newest["e"]),
        Int8s.encode(newest["r"]),
        Float8s.encode(newest["v"]),
    ]
    if len(newest) >= _MANY:
        cur.execute(_UPDATE, columns)
        if cur.rowcount == len(newest):
            return  # else some are new, or late
    cur.execute(_UPSERT, columns)


_PAGE_ROWS = 120  # of a hot table of points, roughly


def read_points(cur: Cursor, table: str, most: int) -> Iterator[npt.NDArray[np.void]]:
    """The rows (s, e, r, v) of a still hot table, in arrays of about `most`."""
    cur.execute("select pg_relation_size(%s::regclass) / current_setting('block_size')::int", [table])
    pages = cur.fetchall()[0][0]
    step = max(1, most // _PAGE_ROWS)
    for page in range(0, pages, step):
        cur.execute(
            f"""
            select array_send(array_agg(series)), array_send(array_agg(event_us)),
                   array_send(array_agg(received_us)), array_send(array_agg(value))
            from {table} where ctid >= %s::tid and ctid < %s::tid
            """,
            [f"({page},0)", f"({page + step},0)"],
            binary=True,
        )
        series, event, received, value = cur.fetchall()[0]
        column = decode(series, "int4")
        if len(column):
            rows = np.empty(len(column), [("s", "i4"), ("e", "i8"), ("r", "i8"), ("v", "f8")])
            rows["s"], rows["e"], rows["r"] = column, decode(event, "int8"), decode(received, "int8")
            rows["v"] = decode(value, "float8")
            yield rows


def append_waves(cur: Cursor, waves: Sequence[Wave]) -> None:
    """Store batches of waveforms, one row each, in the caller's transaction."""
    if not waves:
        return
    generation = live(cur, "waves")
    with cur.copy(f"copy store.wave_{generation} from stdin (format binary)") as copy:
        copy.set_types(["text", "text", "int8", "int8", "float4", "int4", "int2", "bytea"])
        for wave in waves:
            samples = np.ascontiguousarray(wave.samples, "<f4")
            n, channels = samples.shape
            copy.write_row(
                (
                    wave.device,
                    wave.kind,
                    wave.event_us,
                    wave.received_us,
                    wave.rate_hz,
                    n,
                    channels,
                    samples.tobytes(),
                )
            )
