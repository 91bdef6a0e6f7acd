"""What every server must give the platform: the same story on the embedded PostgreSQL 18 and on Debian's 15."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import numpy as np
from tests.core.store.scopes import scope

from mumian.core.store import Store, access, backup, events, ledger, objects, telemetry, verify


def test_everything_a_home_does(store_on_each: Store, tmp_path: Path) -> None:
    store = store_on_each
    with store.tx() as cur:
        one, two = telemetry.series_ids(cur, [("d1", "heart_rate_bpm", "1/min"), ("d2", "spo2_percent", "%")])
        telemetry.append_points(cur, [one, two, one], [3, 2, 1], 9, [1.0, 2.0, 3.0])
        telemetry.append_waves(
            cur,
            [telemetry.Wave("d1", "accel", 1000, 2000, 50.0, np.arange(6, dtype=np.float32).reshape(2, 3))],
        )
        events.append(cur, "alarm", 5, "replay", "a1", {"to": "new"})
        digest = objects.put(cur, b"evidence", "text/plain")
        access.log(cur, scope().value, "person", "p1", 1)

    def story() -> list[object]:
        return [
            telemetry.points(store, scope("d1"), one, 0, 10),
            telemetry.points(store, scope("d2"), two, 0, 10),
            [w.samples.tolist() for w in telemetry.waves(store, scope("d1"), "d1", "accel", 0, 10**6)],
            [(e.kind, e.body) for e in events.read(store, scope())],
            [(x.series.device, x.value) for x in telemetry.latest(store, scope("d1", "d2"))],
            objects.get(store, digest),
        ]

    before = story()
    assert before[0] == [(1, 3.0), (3, 1.0)]
    assert len(telemetry.seal(store, force=True, origins={"d1": "replay", "d2": "field"})) == 3
    assert story() == before
    assert verify(store).whole
    size, root = ledger.head(store)
    assert (size, root) == (4, ledger.head_at(store, 4))
    leaf = telemetry.segments(store, "events")[0]
    path = [bytes.fromhex(node) for node in ledger.inclusion(store, leaf.leaf, size)]
    assert ledger.verify_inclusion(
        ledger.leaf_hash(bytes.fromhex(leaf.sha256)), leaf.leaf, size, path, bytes.fromhex(root)
    )
    steps = [bytes.fromhex(node) for node in ledger.consistency(store, 2, size)]
    old = bytes.fromhex(ledger.head_at(store, 2))
    assert ledger.verify_consistency(2, size, steps, old, bytes.fromhex(root))
    assert backup(store, tmp_path / "backup").segments == 3
    assert len(telemetry.drop_before(store, 10**9)) == 2
    assert verify(store).whole


def test_readers_miss_nothing_and_see_nothing_twice_while_it_is_sealed(store_on_each: Store) -> None:
    store = store_on_each
    rounds, batch = 40, 50
    stop, faults = threading.Event(), []
    with store.tx() as cur:
        series = telemetry.series_id(cur, "d1", "heart_rate_bpm", "1/min")
    appended = 0

    def seal() -> None:
        while not stop.is_set():
            telemetry.seal(store, force=True)

    def read() -> None:
        while not stop.is_set():
            least = appended
            found = Counter(p[0] for p in telemetry.points(store, scope("d1"), series, 0, 10**9))
            if found and (
                max(found.values()) > 1 or len(found) < least or sorted(found) != list(range(len(found)))
            ):
                faults.append(found)

    def guarded(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in (seal, read, read)]
    for thread in threads:
        thread.start()
    for _ in range(rounds):
        with store.tx() as cur:
            telemetry.append_points(
                cur, [series] * batch, range(appended, appended + batch), 1, [0.5] * batch
            )
        appended += batch
    stop.set()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert len(telemetry.points(store, scope("d1"), series, 0, 10**9)) == rounds * batch
    assert verify(store).whole
