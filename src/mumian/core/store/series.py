"""Reading telemetry: hot rows and sealed segments as one. Never thinned; refused without the gate's word; logged.

A person withdraws, a band changes wrists: the scope's windows say which part of a device's life may be read, to the
microsecond, and everything else looks as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from mumian.core.kernel.authorised import Authorised, Interval, Scope
from mumian.core.kernel.errors import NotFound
from mumian.core.kernel.ids import DeviceId, SeriesId
from mumian.core.store import catalogue, merging, scan
from mumian.core.store.access import log_read, log_reads
from mumian.core.store.database import Row, Store
from mumian.core.store.faults import SegmentCorrupt
from mumian.core.store.hot import Wave

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Series:
    """What is measured: one quantity of one device, in one unit."""

    id: SeriesId
    device: DeviceId
    quantity: str
    unit: str


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest point of a series."""

    series: Series
    event_us: int
    received_us: int
    value: float


def series_list(
    store: Store, authorised: Authorised[Scope], devices: Sequence[str] | None = None
) -> list[Series]:
    """The series of `devices` (None: of all) that lie within the scope."""
    allowed = _devices(authorised.value, devices)
    found = store.query(
        "select id, device, quantity, unit from store.series where device = any(%s) order by device, quantity",
        [allowed],
    )
    log_read(store, authorised.value, "series", _named(devices), len(found))
    return [Series(*row) for row in found]


def points(
    store: Store, authorised: Authorised[Scope], series: int, from_us: int, until_us: int
) -> list[tuple[int, float]]:
    """(event_us, value) of one series in [from_us, until_us) by event time, cut to the scope's windows.

    Raises NotFound for a series that does not exist or whose device lies outside the scope.
    """
    known = store.query("select device, quantity from store.series where id = %s", [series])
    windows = readable(authorised.value, known[0][0], from_us, until_us) if known else None
    if windows is None:
        raise NotFound(what="series", id=series)
    found = _again(store, lambda: _points(store, series, known[0], windows)) if windows else []
    log_read(store, authorised.value, "points", f"{known[0][0]}/{known[0][1]}", len(found))
    return [(row[0], row[1]) for row in found]


def points_of(
    store: Store,
    authorised: Authorised[Scope],
    devices: Sequence[str],
    quantities: Sequence[str],
    from_us: int,
    until_us: int,
) -> dict[Series, list[tuple[int, float]]]:
    """As `points`, of all those series of the devices at once: one look through the hot rows instead of one each.

    A series outside the scope is absent; one without a point in the span is empty.
    """
    known = [
        Series(*row)
        for row in store.query(
            "select id, device, quantity, unit from store.series where device = any(%s) and quantity = any(%s)"
            " order by device, quantity",
            [_devices(authorised.value, devices), list(quantities)],
        )
    ]
    windows = {s.device: readable(authorised.value, s.device, from_us, until_us) or [] for s in known}
    span = [edge for found in windows.values() for window in found for edge in window]
    out: dict[Series, list[tuple[int, float]]] = {s: [] for s in known}
    if span:
        for series, found in _again(store, lambda: _points_of(store, known, min(span), max(span))):
            out[series] = [
                (us, value) for us, value in found if any(b <= us < e for b, e in windows[series.device])
            ]
        log_reads(
            store, authorised.value, "points", [(f"{s.device}/{s.quantity}", len(p)) for s, p in out.items()]
        )
    return out


def _points_of(
    store: Store, known: Sequence[Series], begin: int, end: int
) -> list[tuple[Series, list[tuple[int, float]]]]:
    named = {(s.device, s.quantity): s for s in known}
    with catalogue.view(store, "points", begin, end) as (cur, segments):
        cur.execute(
            """
            select s.device, s.quantity, hot.event_us, hot.value, hot.received_us from (
                select * from store.hot_a union all select * from store.hot_b
            ) hot join store.series s on s.id = hot.series
            where hot.series = any(%s) and hot.event_us >= %s and hot.event_us < %s
            """,
            [[s.id for s in known], begin, end],
        )
        found = cur.fetchall()
    found += scan.rows(
        store,
        segments,
        "device, quantity, event_us, value, received_us",
        "device in $devices and quantity in $quantities and event_us >= $begin and event_us < $end",
        {
            "devices": sorted({s.device for s in known}),
            "quantities": sorted({s.quantity for s in known}),
            "begin": begin,
            "end": end,
        },
    )
    out: dict[Series, list[tuple[int, float]]] = {}
    for device, quantity, event_us, value, _ in sorted(found, key=lambda row: (row[2], row[4])):
        if (series := named.get((device, quantity))) is not None:
            out.setdefault(series, []).append((event_us, value))
    return list(out.items())


def _again(store: Store, read: Callable[[], list[T]]) -> list[T]:
    """Read once more when a file has gone since the catalogue was looked at, or a mere copy does not read."""
    try:
        return read()
    except SegmentCorrupt as error:
        merging.discard(store, str(Path(error.facts["path"]).relative_to(store.home)))
        return read()


def _points(store: Store, series: int, key: Row, windows: list[Interval]) -> list[Row]:
    begin, end = windows[0][0], windows[-1][1]
    with catalogue.view(store, "points", begin, end) as (cur, segments):
        cur.execute(
            """
            select event_us, value, received_us from (
                select * from store.hot_a union all select * from store.hot_b
            ) hot where series = %s and event_us >= %s and event_us < %s
            """,
            [series, begin, end],
        )
        found = cur.fetchall()
    found += scan.rows(
        store,
        segments,
        "event_us, value, received_us",
        "device = $device and quantity = $quantity and event_us >= $begin and event_us < $end",
        {"device": key[0], "quantity": key[1], "begin": begin, "end": end},
    )
    if len(windows) > 1:
        found = [row for row in found if any(b <= row[0] < e for b, e in windows)]
    return sorted(found, key=lambda row: (row[0], row[2]))


def latest(store: Store, authorised: Authorised[Scope], devices: Sequence[str] | None = None) -> list[Latest]:
    """The newest point of every series of `devices` (None: of all) that lies within the scope."""
    allowed = _devices(authorised.value, devices)
    found = store.query(
        """
        select s.id, s.device, s.quantity, s.unit, l.event_us, l.received_us, l.value
        from store.latest l join store.series s on s.id = l.series
        where s.device = any(%s) order by s.device, s.quantity
        """,
        [allowed],
    )
    windows = authorised.value.windows
    kept = [
        Latest(Series(*row[:4]), *row[4:])
        for row in found
        if any(b <= row[4] < e for b, e in windows[row[1]])
    ]
    log_read(store, authorised.value, "latest", _named(devices), len(kept))
    return kept


def waves(
    store: Store, authorised: Authorised[Scope], device: str, kind: str, from_us: int, until_us: int
) -> list[Wave]:
    """Waveform batches of a device with samples in [from_us, until_us), trimmed to it and to the scope's windows.

    Raises NotFound for a device outside the scope.
    """
    windows = readable(authorised.value, device, from_us, until_us)
    if windows is None:
        raise NotFound(what="device", id=device)
    cut = (
        [piece for row in _waves(store, device, kind, windows) for piece in trim(row, windows)]
        if windows
        else []
    )
    log_read(store, authorised.value, "waves", f"{device}/{kind}", len(cut))
    return cut


WAVE = "device, kind, event_us, received_us, rate_hz, channels, samples"
_OVERLAPS = "event_us < {0} and event_us + n * 1e6 / rate_hz > {1}"


def _waves(store: Store, device: str, kind: str, windows: list[Interval]) -> list[Row]:
    begin, end = windows[0][0], windows[-1][1]
    with catalogue.view(store, "waves", begin, end) as (cur, segments):
        cur.execute(
            f"""
            select {WAVE} from (select * from store.wave_a union all select * from store.wave_b) hot
            where device = %s and kind = %s and {_OVERLAPS.format("%s", "%s")}
            """,
            [device, kind, end, begin],
        )
        found = cur.fetchall()
    found += scan.rows(
        store,
        segments,
        WAVE,
        "device = $device and kind = $kind and " + _OVERLAPS.format("$end", "$begin"),
        {"device": device, "kind": kind, "begin": begin, "end": end},
    )
    return sorted(found, key=lambda row: (row[2], row[3]))


def trim(row: Row, windows: list[Interval]) -> list[Wave]:
    """The parts of one batch (a row of WAVE) that lie within the windows."""
    device, kind, event_us, received_us, rate_hz, channels, raw = row
    samples = np.frombuffer(raw, "<f4").reshape(-1, channels)
    step = 1e6 / rate_hz
    pieces = []
    for begin, end in windows:
        first = max(0, int(np.ceil((begin - event_us) / step)))
        past = min(len(samples), int(np.ceil((end - event_us) / step)))
        if first < past:
            start_us = event_us + round(first * step)
            pieces.append(Wave(device, kind, start_us, received_us, rate_hz, samples[first:past]))
    return pieces


def readable(scope: Scope, device: str, from_us: int, until_us: int) -> list[Interval] | None:
    """The readable intervals within [from_us, until_us), in order; None when the device is outside the scope."""
    windows = scope.windows.get(DeviceId(device))
    if windows is None:
        return None
    cut = [(max(begin, from_us), min(end, until_us)) for begin, end in windows]
    return sorted(window for window in cut if window[0] < window[1])


def _devices(scope: Scope, devices: Sequence[str] | None) -> list[str]:
    return [d for d in scope.windows if devices is None or d in devices]


def _named(devices: Sequence[str] | None) -> str:
    return "all" if devices is None else ",".join(devices)[:200]
