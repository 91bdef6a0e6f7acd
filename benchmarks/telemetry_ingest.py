"""Claim: the batch path takes ≥ 100,000 rows/s to queryable, sealing included; latest ≤ 5 ms, 24 h of one series ≤ 50 ms.

One day of 2,000 series at one value a minute (2.88 M rows), in batches of 5,000, through (a) Mumian: hot table, newest
value of each series, sealing into signed-off Parquet segments; (b) psycopg COPY into a bare heap and (c) into a table with
a primary key (series, time); (d) DuckDB append into its file. Order ABBA, load beside each figure, fsync on everywhere.

    python benchmarks/telemetry_ingest.py [--rows N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import psycopg
import pyarrow as pa

from mumian.core.kernel.authorised import ALWAYS, Authorised, Scope
from mumian.core.kernel.clock import DAY_US, SECOND_US
from mumian.core.store import Store, hot, migrate, telemetry
from mumian.core.store.postgres import Launcher

SERIES, BATCH, MINUTE_US = 2_000, 5_000, 60 * SECOND_US
BEGIN_US = 1_760_000_000 * SECOND_US // DAY_US * DAY_US
DEVICES = [f"band-{i:04d}" for i in range(SERIES)]


def batches(rows: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(series index, event_us, value) in the order in which a home's devices would send."""
    values = np.random.default_rng(1).normal(75, 12, BATCH).round(1)
    for begin in range(0, rows, BATCH):
        n = np.arange(begin, min(begin + BATCH, rows))
        yield n % SERIES, BEGIN_US + n // SERIES * MINUTE_US, values[: len(n)]


POSTGRES: list[int] = []  # the server's pid, once it runs


def cpu_s() -> float:
    """CPU seconds of this process and of the server with its children; a loaded machine does not change them much."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(stat.parent.name) in POSTGRES or int(fields[1]) in POSTGRES:
            ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


class Run:
    """Rows per second, and how long each batch took to be queryable."""

    def __init__(
        self, rows: int, append: Callable[..., None], close: Callable[[], None] = lambda: None
    ) -> None:
        self.took: list[float] = []
        self.load_before = os.getloadavg()[0]
        cpu = cpu_s()
        begun = time.perf_counter()
        for series, event, value in batches(rows):
            at = time.perf_counter()
            append(series, event, value)
            self.took.append(time.perf_counter() - at)
        close()
        self.seconds = time.perf_counter() - begun
        self.rows_per_s = rows / self.seconds
        self.cpu_us_per_row = (cpu_s() - cpu) / rows * 1e6


def mumian_run(store: Store, rows: int) -> Run:
    stop, sealed = threading.Event(), []

    def seal() -> None:
        while not stop.is_set():
            sealed.extend(telemetry.seal(store, "points"))
            stop.wait(0.25)

    with store.tx() as cur:
        ids = np.array(telemetry.series_ids(cur, [(d, "heart_rate_bpm", "1/min") for d in DEVICES]))
    sealer = threading.Thread(target=seal)
    sealer.start()

    def append(series: np.ndarray, event: np.ndarray, value: np.ndarray) -> None:
        with store.tx() as cur:
            telemetry.append_points(cur, ids[series], event, time.time_ns() // 1000, value)

    def close() -> None:
        stop.set()
        sealer.join()
        telemetry.seal(store, "points", force=True)

    return Run(rows, append, close)


def copy_run(dsn: str, rows: int, constraint: str) -> Run:
    with psycopg.connect(dsn) as connection:
        connection.execute("drop table if exists public.raw")
        connection.execute(
            "create table public.raw "
            f"(series int not null, event_us bigint not null, received_us bigint not null, value float8 not null{constraint})"
        )
        connection.commit()

        def append(series: np.ndarray, event: np.ndarray, value: np.ndarray) -> None:
            with connection.cursor() as cur, cur.copy("copy public.raw from stdin (format binary)") as copy:
                copy.write(hot.encode_points(series, event, 1, value))
            connection.commit()

        return Run(rows, append)


def duckdb_run(folder: Path, rows: int) -> Run:
    file = folder / "peer.duckdb"
    file.unlink(missing_ok=True)
    connection = duckdb.connect(str(file), config={"threads": 2})
    connection.execute("create table raw (series int, event_us bigint, received_us bigint, value double)")

    def append(series: np.ndarray, event: np.ndarray, value: np.ndarray) -> None:
        batch = pa.table({"s": series, "e": event, "r": np.ones(len(event), np.int64), "v": value})  # noqa: F841 - DuckDB finds it by name
        connection.execute("insert into raw select * from batch")

    run = Run(rows, append)
    connection.close()
    return run


def reads(store: Store) -> dict[str, dict[str, float]]:
    allowed = Authorised(Scope("benchmark", "care", frozenset(), dict.fromkeys(DEVICES, (ALWAYS,))))  # type: ignore[misc]
    ids = [row[0] for row in store.query("select id from store.series order by device")]
    last_us = store.query("select max(last_us) from store.segments")[0][0]
    asks = {
        "latest of one device": lambda i: telemetry.latest(store, allowed, [DEVICES[i * 17]]),
        "one point": lambda i: telemetry.points(store, allowed, ids[i * 17], last_us, last_us + 1),
        "24 h at 1 min": lambda i: telemetry.points(store, allowed, ids[i * 17], BEGIN_US, BEGIN_US + DAY_US),
    }
    return {name: timed(ask) for name, ask in asks.items()}


def timed(ask: Callable[[int], list], times: int = 100) -> dict[str, float]:
    took, found = [], 0
    for i in range(times):
        at = time.perf_counter()
        found = len(ask(i))
        took.append((time.perf_counter() - at) * 1e3)
    return {
        "p50_ms": round(statistics.median(took), 2),
        "p95_ms": round(sorted(took)[int(times * 0.95)], 2),
        "rows": found,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=SERIES * 1440)
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=chosen.folder))
    try:
        print(json.dumps(measure(folder, chosen.rows), indent=1))
    finally:
        shutil.rmtree(folder)


def measure(folder: Path, rows: int) -> dict[str, object]:
    with Launcher().start(folder / "home") as server:
        store = Store(server.dsn, folder / "home")
        migrate(store, ["store"])
        store.query("select 1")
        POSTGRES.append(server.pid or 0)
        peers: dict[str, Callable[[], Run]] = {
            "mumian": lambda: mumian_run(store, rows),
            "psycopg COPY, heap": lambda: copy_run(server.dsn, rows, ""),
            "psycopg COPY, primary key": lambda: copy_run(
                server.dsn, rows, ", primary key (series, event_us)"
            ),
            "duckdb append": lambda: duckdb_run(folder, rows),
        }
        runs: dict[str, list[Run]] = {name: [] for name in peers}
        read: dict[str, object] = {}
        for name in [*peers, *reversed(peers)]:
            if name == "mumian":
                clean(store)
            runs[name].append(peers[name]())
            if name == "mumian":
                read = reads(store)
                kept = telemetry.segments(store, "points")
        store.close()
    mine = statistics.mean(run.rows_per_s for run in runs["mumian"])
    return {
        "cpus": os.cpu_count(),
        "rows": rows,
        "ingest": {name: said(of, mine) for name, of in runs.items()},
        "reads": read,
        "segments": len(kept),
        "bytes_per_row": round(sum(s.bytes for s in kept) / sum(s.rows for s in kept), 2),
    }


def said(runs: list[Run], mine: float) -> dict[str, object]:
    took = sorted(t for run in runs for t in run.took)
    mean = statistics.mean(run.rows_per_s for run in runs)
    return {
        "rows_per_s": [round(run.rows_per_s) for run in runs],
        "cpu_us_per_row": [round(run.cpu_us_per_row, 2) for run in runs],
        "mumian_is_times": round(mine / mean, 2),
        "queryable_p50_ms": round(took[len(took) // 2] * 1e3, 1),
        "queryable_p99_ms": round(took[int(len(took) * 0.99)] * 1e3, 1),
        "load_before": [round(run.load_before, 1) for run in runs],
    }


def clean(store: Store) -> None:
    telemetry.seal(store, force=True)
    telemetry.drop_before(store, 2**61)
    store.query("truncate store.latest")


if __name__ == "__main__":
    main()
