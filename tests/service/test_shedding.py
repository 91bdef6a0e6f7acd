"""A disk that fills: telemetry is shed first and not acknowledged, so that devices keep it; calls for help go on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.running import wait_for
from tests.sites import small_home

from mumian import scenarios
from mumian.core.kernel.errors import Unavailable
from mumian.core.observe.records import Event, Observation
from mumian.core.registry.site import loading
from mumian.core.store import DiskFull, Store
from mumian.service.live import Live
from mumian.service.pipeline import Pipeline
from mumian.service.roster import Roster


class Bench:
    """The pipeline alone on a real database, with a disk whose room we decide."""

    def __init__(self, store: Store) -> None:
        self.store, self.room = store, True
        self.said: list[tuple[str, Any]] = []
        loading.load(store, small_home())
        self.pipeline = Pipeline(
            store,
            Roster(store),
            scenarios.ALL,
            (1.0, 1.0, 1.0),
            lambda topic, payload: self.said.append((topic, json.loads(payload))),
            lambda: self.room,
        )
        self.lanes = [
            threading.Thread(target=self.pipeline.run, args=(lane,))
            for lane in (self.pipeline.urgent, self.pipeline.bulk)
        ]
        for lane in self.lanes:
            lane.start()

    def send(self, seq: int, channel: str = "obs", **body: Any) -> None:
        """One message of B-1, settled before we go on."""
        done = threading.Event()
        at_us = self.store.clock.now_us()
        body = body or {"values": {"heart_rate_bpm": 80}}
        payload = json.dumps({"seq": seq, "time": at_us // 1000, **body}).encode()
        self.pipeline.mqtt(f"mumian/B-1/{channel}", payload, at_us, done.set)
        assert done.wait(20)

    def points(self) -> int:
        return int(self.store.query("select count(*) from store.hot_a")[0][0])

    def alarms(self) -> list[Any]:
        return [kind for (kind,) in self.store.query("select kind from decide.alarms")]

    def acks(self) -> list[int]:
        return [body["seq"] for topic, body in self.said if topic == "mumian/B-1/ack"]


@pytest.fixture
def bench(store: Store) -> Iterator[Bench]:
    made = Bench(store)
    yield made
    made.pipeline.stop()
    for lane in made.lanes:
        lane.join(10)


def test_telemetry_is_shed_and_not_acknowledged_while_calls_go_on(bench: Bench) -> None:
    bench.send(1)
    assert (bench.points(), bench.acks()) == (1, [1])

    bench.room = False
    bench.send(2)
    bench.send(3, "event", kind="sos")
    assert bench.points() == 1
    assert bench.alarms() == ["sos"]
    assert max(bench.acks()) == 1, "what was shed holds the acknowledgement back"
    assert bench.pipeline.counts["shed"] == 1

    bench.room = True
    bench.send(2)  # the device kept it and sends it again
    assert bench.points() == 2
    assert max(bench.acks()) == 3


def test_a_batch_that_a_fault_of_ours_gave_up_is_taken_when_it_is_sent_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send(1)

    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(bench.pipeline, "_persist", broken)
        at_us = bench.store.clock.now_us()
        body = {"seq": 2, "time": at_us // 1000, "values": {"heart_rate_bpm": 80}}
        bench.pipeline.mqtt("mumian/B-1/obs", json.dumps(body).encode(), at_us, lambda: None)
        wait_for(lambda: bench.pipeline.counts["lane_faults"] == 1, 10)
    assert max(bench.acks()) == 1
    bench.send(2)
    assert max(bench.acks()) == 2
    assert bench.points() == 2


def test_a_batch_over_http_is_told_that_the_disk_is_full(bench: Bench) -> None:
    import asyncio
    from dataclasses import dataclass

    from mumian.core.kernel import settings

    @dataclass
    class Sent:
        device: str
        seq: int
        time: int
        values: dict[str, Any]

    live = Live(settings.load({}), bench.pipeline, {})
    now_us = bench.store.clock.now_us()
    sent = [Sent("B-1", 1, now_us // 1000, {"steps": 5})]
    bench.room = False
    with pytest.raises(Unavailable, match="free space"):
        asyncio.run(live.ingest(sent, now_us))
    bench.room = True
    assert asyncio.run(live.ingest(sent, now_us))["accepted"] == 1


def fail(bench: Bench, monkeypatch: pytest.MonkeyPatch, errors: list[Exception]) -> None:
    """The next writes fail with `errors`, one after the other; then all is well again."""
    write: Callable[..., None] = bench.pipeline._write

    def sick(*args: Any, **more: Any) -> None:
        if errors:
            raise errors.pop(0)
        write(*args, **more)

    monkeypatch.setattr(bench.pipeline, "_write", sick)


def test_a_call_waits_for_the_disk_as_long_as_it_takes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(
        bench,
        monkeypatch,
        [DiskFull(detail="test"), Unavailable(part="postgres", detail="test"), DiskFull(detail="test")],
    )
    bench.send(1, "event", kind="sos")
    assert bench.alarms() == ["sos"]
    assert bench.acks() == [1]


def test_a_commit_whose_answer_was_lost_is_not_written_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = bench.pipeline._write
    lost = [Unavailable(part="postgres", detail="the answer was lost")]

    def committed(*args: Any, **more: Any) -> None:
        write(*args, **more)
        if lost:
            raise lost.pop()

    monkeypatch.setattr(bench.pipeline, "_write", committed)
    bench.send(1)
    bench.send(2, "event", kind="sos")
    assert (bench.points(), bench.alarms(), max(bench.acks())) == (1, ["sos"], 2)


def test_a_message_that_cannot_be_stored_is_quarantined_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = bench.pipeline._write

    def picky(work: Any, *args: Any, **more: Any) -> None:
        if any(getattr(r, "values", {}).get("steps") == 13 for r in work.records):
            raise ValueError("a fault of the program")
        write(work, *args, **more)

    monkeypatch.setattr(bench.pipeline, "_write", picky)
    for seq, steps in ((1, 12), (2, 13), (3, 14)):
        bench.send(seq, values={"steps": steps})
    assert bench.points() == 2
    assert max(bench.acks()) == 3
    found = bench.store.query("select reason, count from observe.quarantine")
    assert found == [("internal", 1)]


def test_a_detector_that_fails_costs_nobody_a_call(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "vitals"
        memory_s = 0.0
        takes = (Observation, Event)

        def step(self, states: Any, records: Any) -> Any:
            raise RuntimeError("a fault of the detector")

    sick = [(s, Broken() if d.name == "vitals" else d, states) for s, d, states in bench.pipeline._detectors]
    monkeypatch.setattr(bench.pipeline, "_detectors", sick)
    bench.send(1)
    bench.send(2, "event", kind="sos")
    assert (bench.points(), bench.alarms()) == (1, ["sos"])
    assert bench.pipeline.counts["detector_faults"] == 2


def test_who_gives_up_waiting_does_not_end_the_lane(bench: Bench) -> None:
    from mumian.service.incoming import Batch, Incoming

    batch = Batch(1)
    assert not batch.future.cancel()
    at_us = bench.store.clock.now_us()
    payload = json.dumps({"seq": 1, "time": at_us // 1000, "values": {"steps": 1}}).encode()
    bench.pipeline.bulk.put(Incoming("B-1", "obs", payload, at_us, batch=batch))
    assert batch.future.result(20)["accepted"] == 1
    bench.send(2)
    wait_for(lambda: max(bench.acks()) == 2, what="the lane goes on")
