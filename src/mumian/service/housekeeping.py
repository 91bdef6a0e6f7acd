"""What a home needs done by the clock: timers, delivery, silence, sealing, keeping the window around an alarm.

Each task is a loop on a thread of its own that survives its faults: it logs, waits a second, tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import structlog

from mumian.core.act import following
from mumian.core.decide import rows, timers
from mumian.core.identity import gate
from mumian.core.kernel.clock import DAY_US, SECOND_US
from mumian.core.kernel.errors import NotFound
from mumian.core.observe import exposure, silence
from mumian.core.prove import figures, heads
from mumian.core.store import objects, telemetry
from mumian.core.understand.steps import Finding

if TYPE_CHECKING:
    from mumian.core.act.outbox import Delivery
    from mumian.core.scenario import Scenario
    from mumian.core.store import Store
    from mumian.service.pipeline import Pipeline

log = structlog.get_logger()
FIGURES_EVERY_S = 900.0
KEPT_DAYS = {
    "waves": 30,
    "points": 400,
}  # raw signal a month, readings beyond the year that the plan asks about
WINDOW_BEFORE_US, WINDOW_AFTER_US = 10 * SECOND_US, 20 * SECOND_US


class Loop:
    """`work()` again and again, at least every `every_s`, at once after `wake()`. `ok` is False while it fails."""

    def __init__(self, name: str, every_s: float, work: Callable[[], Any]) -> None:
        self.name, self._every_s, self._work = name, every_s, work
        self._wake, self._stop = Flag(), Flag()
        self.ok, self.said = True, ""
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def end(self) -> None:
        """Begin no further round."""
        self._stop.set()
        self._wake.set()

    def join(self, timeout_s: float) -> None:
        """Wait for the round that is under way."""
        self._thread.join(max(0.0, timeout_s))

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self._work()
                self.ok, self.said = True, ""
            except Exception as error:  # a fault of one round must not end the task
                self.ok, self.said = False, str(error)[:200]
                if not self._stop.is_set():
                    log.warning("task failed, trying again", task=self.name, error=self.said)
                self._stop.wait(1.0)
            self._wake.wait(self._every_s)


def timers_loop(store: Store, ladder_s: tuple[float, ...]) -> Loop:
    return Loop("timers", 0.2, lambda: timers.fire(store, ladder_s))


def delivery_loop(delivery: Delivery) -> Loop:
    def work() -> None:
        while delivery.run():
            pass

    return Loop("delivery", 0.25, work)


def tasks_loop(store: Store, scenarios: Sequence[Scenario]) -> Loop:
    """Care tasks follow the alarms' transitions."""

    def follow(moved: following.Moved) -> list[following.CareTask]:
        return [task for scenario in scenarios for task in scenario.tasks(moved)]

    return Loop("tasks", 1.0, lambda: following.follow(store, follow))


def silence_loop(store: Store, pipeline: Pipeline, listening: Callable[[], int | None]) -> Loop:
    """`listening()`: since when the gateways have been open, None while the broker is away (then nobody is silent)."""

    def work() -> None:
        since_us = listening()
        if since_us is None:
            return
        now_us = store.clock.now_us()
        with store.tx() as cur:
            blind = silence.newly_blind(cur, now_us, since_us)
            pipeline.raise_findings(
                cur, [Finding("blind", device, since, now_us, model="silence@1") for device, since in blind]
            )
        pipeline.blind |= {device for device, _ in blind}

    return Loop("silence", 1.0, work)


def flush_loop(store: Store, pipeline: Pipeline) -> Loop:
    return Loop("exposure", 10.0, lambda: pipeline.exposure.flush(store))


def seal_loop(store: Store, origins: Callable[[], dict[str, str]]) -> Loop:
    """Seal what is due by rows or age, and journal the exposure of hours that are over."""

    def work() -> None:
        exposure.journal(store, origins(), (store.clock.now_us() // exposure.HOUR_US - 1) * exposure.HOUR_US)
        telemetry.seal(store, origins=origins())

    return Loop("sealing", 2.0, work)


def figures_loop(store: Store, scenarios: Sequence[Scenario]) -> Loop:
    """Compute the indicators over what is sealed and sign the ledger's head, so that the board is never a day old."""

    def work() -> None:
        if figures.compute(store, store.clock, [i for scenario in scenarios for i in scenario.indicators]):
            heads.sign(store)

    return Loop("figures", FIGURES_EVERY_S, work)


def retention_loop(store: Store) -> Loop:
    """Drop whole segments that are older than is kept; events, on which figures rest, are never dropped."""

    def work() -> None:
        for kind, days in KEPT_DAYS.items():
            telemetry.drop_before(store, store.clock.now_us() - days * DAY_US, kinds=(kind,))

    return Loop("retention", 3600.0, work)


def evidence_loop(store: Store) -> Loop:
    """Keep the signal around each fall as an object of its own, before retention drops its segment."""

    def work() -> None:
        late_us = store.clock.now_us() - WINDOW_AFTER_US - 5 * SECOND_US
        for row in store.query(
            rows.SELECT
            + " where kind = 'fall' and device is not null and raised_us < %s and evidence->>'wave' is null"
            " order by raised_us limit 20",
            (late_us,),
        ):
            keep(store, rows.as_dict(row))

    return Loop("evidence", 2.0, work)


def _around(store: Store, device: str, at_us: int) -> list[telemetry.Wave]:
    scope = gate.system_scope(store, "monitoring")
    try:
        return telemetry.waves(
            store, scope, device, "accel", at_us - WINDOW_BEFORE_US, at_us + WINDOW_AFTER_US
        )
    except NotFound:  # the wearer has not consented: the alarm stands, its signal is not kept
        return []


def keep(store: Store, alarm: dict[str, Any]) -> str:
    """Store the window of acceleration around `alarm`'s event; returns the object's digest ("" when there was none)."""
    at_us = alarm["event_us"]
    waves = _around(store, alarm["device"], at_us)
    digest = ""
    if waves:
        batches = [
            {
                "event_us": w.event_us,
                "rate_hz": w.rate_hz,
                "unit": "m/s2",
                "samples": w.samples.astype(np.float64).round(3).tolist(),
            }
            for w in waves
        ]
        content = msgspec.json.encode(
            {"device": alarm["device"], "origin": alarm["origin"], "batches": batches}
        )
        digest = objects.put(store, content, "application/json")
    with store.tx() as cur:
        held = rows.lock(cur, alarm["id"])
        if held is not None:
            rows.update(cur, alarm["id"], evidence={**held["evidence"], "wave": digest})
    return digest
