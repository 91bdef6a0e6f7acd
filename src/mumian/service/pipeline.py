"""Messages → records → findings → alarms, one transaction a batch, then the acknowledgement.

Rows, sequence numbers, quarantine, findings, alarms and their outbox stand in the same transaction: after a kill -9 a
batch is there wholly or not at all, and a device resends what was not acknowledged. Detector state is memory: after a
restart it is rebuilt from the last stored seconds.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event as Flag
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog

from mumian.core.decide import inputs, judging
from mumian.core.identity import gate
from mumian.core.kernel.clock import parse
from mumian.core.kernel.errors import MumianError
from mumian.core.observe import device as protocol
from mumian.core.observe import quantities, quarantine, sequences, silence
from mumian.core.observe.limits import RateLimit
from mumian.core.observe.records import Event, Observation, Record, Refused, Reply, Waveform
from mumian.core.store import DiskFull, events, telemetry
from mumian.core.store.recent import waves_since
from mumian.core.understand.steps import Finding
from mumian.service.exposure import Exposure
from mumian.service.incoming import Incoming, Lane
from mumian.service.roster import Roster

if TYPE_CHECKING:
    from mumian.core.observe.gateways import Adapter
    from mumian.core.scenario import Scenario
    from mumian.core.store import Store
    from mumian.core.understand.steps import Detector

log = structlog.get_logger()
FAULTS_MAX = 3
FIRST_WAIT_S = 0.05
DRAIN_S = 2.0  # at the end
STRANGERS = "unknown"  # stands for all devices that are not registered


@dataclass(slots=True)
class Work:
    """One batch on its way through the rooms."""

    records: list[Record] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    truths: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    numbers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    again: set[str] = field(default_factory=set)  # devices whose duplicates ask for their ack once more
    outcomes: list[tuple[Incoming, str, Refused | None]] = field(default_factory=list)


class Pipeline:
    """Two lanes over one store. `publish(topic, payload)` sends acknowledgements to devices."""

    def __init__(self, store: Store, roster: Roster, scenarios: Sequence[Scenario], ladder_s: tuple[float, ...],
                 publish: Callable[[str, bytes], None], room: Callable[[], bool]) -> None:  # fmt: skip
        self.store, self.roster, self.scenarios, self.ladder_s = store, roster, scenarios, ladder_s
        self._publish, self._has_room = publish, room
        self.urgent = Lane("urgent", 0.0, 500)
        self.bulk = Lane("bulk", 0.02, 2000)
        self.sequences = sequences.Sequences()
        self.exposure = Exposure()
        self.counts: Counter[str] = Counter()
        self._limit = {"urgent": RateLimit(50, 500), "bulk": RateLimit(200, 5000)}
        self._detectors: list[tuple[Scenario, Detector[Any], dict[str, Any]]] = [
            (scenario, detector, {}) for scenario in scenarios for detector in scenario.detectors()
        ]
        self._adapters = {
            first: adapter for s in reversed(scenarios) for first, adapter in s.adapters.items()
        }
        # The house whose rules speak about silence.
        self._silence = next((s for s in scenarios if s.policy().rule("blind")), scenarios[0])
        # Detector state is shared by the lanes: a lock each, so that a call for help never waits for signal processing.
        self._steps = {detector.name: Lock() for _, detector, _ in self._detectors}
        self.blind: set[str] = set()
        self._stop, self._stopped_s = Flag(), 0.0

    # — arriving ——————————————————————————————————————————————————————————————

    def mqtt(self, topic: str, payload: bytes, received_us: int, done: Callable[[], None]) -> None:
        """A message from the broker, on the client's thread: sort it into its lane and return."""
        parts = topic.split("/")
        if adapter := self._adapters.get(parts[0]):
            self._adapt(adapter, topic, payload, received_us, done)
            return
        device, channel = (
            (parts[1], parts[2]) if parts[0] == "mumian" and len(parts) == 3 else (parts[-1], parts[0])
        )
        lane = self.urgent if channel in protocol.URGENT else self.bulk
        lane.put(Incoming(device, channel, payload, received_us, settled=lambda _: done()))

    def _adapt(
        self, adapter: Adapter, topic: str, payload: bytes, received_us: int, done: Callable[[], None]
    ) -> None:
        """A foreign protocol's message may make several records; the broker hears `done` after the last."""
        try:
            device, records = adapter(topic, payload, received_us, self.roster.kind)
        except Exception:  # raised on the client's thread, it would end all hearing
            log.exception("message not adapted", topic=topic)
            device, records = (
                STRANGERS,
                [Refused(STRANGERS, None, received_us, "internal", _FAULT, payload[:2048])],
            )
        left = len(records)
        if not left:
            done()

        def settled(_: str) -> None:
            nonlocal left
            left -= 1
            if not left:
                done()

        for record in records:
            lane = self.urgent if isinstance(record, Event) else self.bulk
            lane.put(
                Incoming(
                    device, topic.partition("/")[0], payload, received_us, record=record, settled=settled
                )
            )

    def run(self, lane: Lane) -> None:
        """The lane's worker; ends when `stop` was called and the lane is empty, or DRAIN_S later: what then waits was never
        acknowledged, so the broker or its sender has it still.
        """
        while not self._stop.is_set() or (len(lane) and time.monotonic() < self._stopped_s + DRAIN_S):
            batch = lane.take()
            try:
                if batch:
                    self._process(lane, batch)
            except Exception:  # a lane that ended would take no call for help any more
                log.exception("batch given up, its senders keep it", lane=lane.name, messages=len(batch))
                self.counts["lane_faults"] += 1

    def stop(self) -> None:
        self._stopped_s = time.monotonic()
        self._stop.set()
        self.urgent.close()
        self.bulk.close()

    # — the rooms ————————————————————————————————————————————————————————————

    def _process(self, lane: Lane, batch: Sequence[Incoming]) -> None:
        work = Work()
        try:
            self._observe(work, lane, batch)
            findings = self._understand(work.records)
            if not self._persist(work, findings):
                self._one_by_one(work)
            self._acknowledge(work)
        except Exception:
            self.sequences.release(work.numbers)  # the batch is given up: its senders will send it again
            raise

    def _observe(self, work: Work, lane: Lane, batch: Sequence[Incoming]) -> None:
        shed = lane is self.bulk and not self._has_room()
        limit = self._limit[lane.name]
        for one in batch:
            if shed:
                work.outcomes.append((one, "shed", None))
            elif one.batch is None and not limit.allow(self._source(one), one.received_us):
                self._refuse(
                    work, one, Refused(self._source(one), None, one.received_us, "rate", _TOO_FAST, b"")
                )
            else:
                self._take(work, one)

    def _source(self, one: Incoming) -> str:
        """Whose rate counts: devices that nobody knows share one, so that made-up ids win nothing."""
        return one.device if self.roster.device(one.device) else STRANGERS

    def _take(self, work: Work, one: Incoming) -> None:
        if one.channel == "truth":
            self._truth(work, one)
            return
        if self.roster.device(one.device) is None:
            self._refuse(work, one, _of_stranger(one))
            return
        record = one.record or self._decode(one)
        if record.seq is not None and not self.sequences.take(one.device, record.seq):
            work.again.add(one.device)
            work.outcomes.append((one, "duplicate", None))
            return
        if record.seq is not None:
            work.numbers[one.device].append(record.seq)
        if isinstance(record, Refused):
            self._refuse(work, one, record)
        else:
            work.records.append(record)
            work.outcomes.append((one, "stored", None))

    def _decode(self, one: Incoming) -> Record | Refused:
        assert one.payload is not None
        try:
            return protocol.decode(one.device, one.channel, one.payload, one.received_us)
        except Exception:  # a fault of ours in one message must not stop the others
            log.exception("message not decoded", device=one.device, channel=one.channel)
            return Refused(one.device, None, one.received_us, "internal", _FAULT, one.payload[:2048])

    def _refuse(self, work: Work, one: Incoming, refused: Refused) -> None:
        work.refused.append(refused)
        work.outcomes.append((one, "quarantined", refused))

    def _truth(self, work: Work, one: Incoming) -> None:
        truth = _truth_of(one.payload or b"")
        if truth is None:
            said = 'truth: send {"device", "kind": "fall" or "adl", "from", "until", "recording"}, times as ISO 8601 with a zone'
            self._refuse(
                work,
                one,
                Refused(one.device, None, one.received_us, "malformed", said, (one.payload or b"")[:2048]),
            )
            return
        work.truths.append((one.device, truth))
        work.outcomes.append((one, "stored", None))

    def _understand(self, records: Sequence[Record]) -> list[tuple[Scenario, Finding]]:
        watched = [
            r
            for r in records
            if not isinstance(r, Observation | Waveform) or self.roster.watched(r.device, r.event_us)
        ]
        found: list[tuple[Scenario, Finding]] = []
        for scenario, detector, states in self._detectors:
            mine = [record for record in watched if isinstance(record, detector.takes)]
            if mine:
                with self._steps[detector.name]:
                    found += [(scenario, finding) for finding in self._step(detector, states, mine)]
        return found

    def _step(
        self, detector: Detector[Any], states: dict[str, Any], records: Sequence[Record]
    ) -> list[Finding]:
        """One detector over a batch. A record that it fails on costs its finding about that record and nothing else."""
        try:
            changed, findings = detector.step(states, records)
        except Exception:  # whatever it was: a pure step has changed nothing
            if len(records) > 1:
                return [finding for record in records for finding in self._step(detector, states, [record])]
            log.exception(
                "detector failed", detector=detector.name, device=records[0].device if records else ""
            )
            self.counts["detector_faults"] += 1
            return []
        states.update(changed)
        return list(findings)

    # — making it durable ————————————————————————————————————————————————————

    def _persist(self, work: Work, findings: Sequence[tuple[Scenario, Finding]]) -> bool:
        """Write the batch; while the database is away or full, again and again. False: a fault that waiting cannot mend."""
        if not (work.records or work.refused or work.numbers or work.truths or findings):
            return True
        wait_s, faults = FIRST_WAIT_S, 0
        while True:
            try:
                self._write(work, findings, again=wait_s > FIRST_WAIT_S)
                break
            except Exception as error:  # whatever it was, nothing of the batch is stored
                patient = isinstance(error, MumianError) and (
                    error.retry_helps or isinstance(error, DiskFull)
                )
                faults += not patient
                self.counts["retries"] += 1
                log.warning(
                    "batch not stored",
                    error=str(error)[:300],
                    wait_s=wait_s,
                    exc_info=not patient and faults == 1,
                )
                if faults >= FAULTS_MAX:
                    return False
                self._stop.wait(wait_s)
                wait_s = min(wait_s * 2, 2.0)
        self._watched_for(work.records)
        return True

    def _watched_for(self, records: Sequence[Record]) -> None:
        """Count stored seconds. Whatever goes wrong here must not make a stored batch fail."""
        try:
            self.exposure.add(records, self.roster)
        except (
            Exception
        ) as error:  # the registry may be away; the batch is stored and its numbers must be settled
            log.warning("exposure not counted", error=str(error)[:200])

    def _one_by_one(self, work: Work) -> None:
        """One message of the batch cannot be processed: find it, quarantine it with its fault, and let the others pass."""
        rest = Work(refused=work.refused, truths=work.truths)
        seqs = {(r.device, r.seq) for r in work.records}
        rest.numbers = {d: [n for n in ns if (d, n) not in seqs] for d, ns in work.numbers.items()}
        self._persist(rest, [])
        places = [
            i
            for i, (one, outcome, _) in enumerate(work.outcomes)
            if outcome == "stored" and one.channel != "truth"
        ]
        for place, record in zip(places, work.records, strict=True):
            numbers: dict[str, list[int]] = {record.device: [record.seq]} if record.seq is not None else {}
            if not self._persist(Work(records=[record], numbers=dict(numbers)), self._understand([record])):
                refused = Refused(
                    record.device,
                    record.seq,
                    record.received_us,
                    "internal",
                    _FAULT,
                    repr(record).encode()[:2048],
                )
                self._persist(Work(refused=[refused], numbers=dict(numbers)), [])
                work.outcomes[place] = (work.outcomes[place][0], "quarantined", refused)

    def _write(
        self, work: Work, findings: Sequence[tuple[Scenario, Finding]], *, again: bool = False
    ) -> None:
        heard = silence.hear(work.records)
        with self.store.tx() as cur:
            if again and sequences.stored(cur, work.numbers):
                return  # the commit had come through, only its answer was lost
            now_us = self.store.clock.now_us()
            _write_points(cur, [r for r in work.records if isinstance(r, Observation)])
            telemetry.append_waves(cur, [_wave(r) for r in work.records if isinstance(r, Waveform)])
            sequences.write(cur, work.numbers)
            silence.write(cur, heard)
            replies = [r for r in work.records if isinstance(r, Reply)]
            refused = [*work.refused, *self._answers(cur, replies, now_us)]
            quarantine.write(cur, refused)
            for device, truth in work.truths:
                origin = self.roster.origin(device)
                events.append(cur, "truth", now_us, origin, device, truth)
            self._decide(cur, [*findings, *self._seeing_again(heard, now_us)], now_us)
            self._corroborate(cur, work.records)
        self.blind -= set(heard)

    def _answers(self, cur: Any, replies: Sequence[Reply], now_us: int) -> list[Refused]:
        whys = [(reply, inputs.answer(cur, reply, self.ladder_s, now_us)) for reply in replies]
        return [
            Refused(reply.device, None, reply.received_us, "unknown_command", why, b"")
            for reply, why in whys
            if why
        ]

    def _seeing_again(self, heard: Mapping[str, Any], now_us: int) -> list[tuple[Scenario, Finding]]:
        return [
            (self._silence, Finding("blind", device, now_us, now_us, holds=False, model="silence@1"))
            for device in self.blind & set(heard)
        ]

    def _decide(self, cur: Any, findings: Sequence[tuple[Scenario, Finding]], now_us: int) -> None:
        for scenario, finding in findings:
            situation = self.roster.situation(finding.device, finding.event_us)
            one = judging.Judged(finding, situation, scenario.policy().rule(finding.kind))
            judging.apply(cur, [one], self.ladder_s, now_us, scenario.every_one)

    def raise_findings(self, cur: Any, findings: Sequence[Finding]) -> None:
        """Findings that no record made (silence), in the caller's transaction."""
        self._decide(cur, [(self._silence, finding) for finding in findings], self.store.clock.now_us())

    def _corroborate(self, cur: Any, records: Sequence[Record]) -> None:
        for record in records:
            if isinstance(record, Observation) and record.values.get("occupancy"):
                held = self.roster.device(record.device)
                if held is not None and held.place:
                    inputs.corroborate(cur, held.place, record.device, "movement", record.event_us)

    # — answering ————————————————————————————————————————————————————————————

    def _acknowledge(self, work: Work) -> None:
        acks = self.sequences.settle(work.numbers)
        acks |= {device: self.sequences.acknowledged(device) for device in work.again - set(acks)}
        for device, seq in acks.items():
            if seq:
                self._publish(f"mumian/{device}/ack", b'{"seq":%d}' % seq)
        for one, outcome, refused in work.outcomes:
            self.counts[outcome] += 1
            if one.settled:
                one.settled(outcome)
            if one.batch:
                one.batch.settle(outcome, one.index, refused)

    # — coming back ——————————————————————————————————————————————————————————

    def rebuild(self) -> None:
        """After a restart: what is durable, and detector state from the last stored seconds, whose findings are known."""
        with self.store.tx() as cur:
            self.sequences.load(cur)
            self.blind = {
                d
                for (d,) in cur.execute(
                    "select device from observe.device_state where blind_since_us is not null"
                )
            }
        longest = max((detector.memory_s for _, detector, _ in self._detectors), default=0.0)
        if longest:
            now_us = self.store.clock.now_us()
            scope = gate.system_scope(self.store, "monitoring")
            waves = waves_since(self.store, scope, "accel", now_us - round((longest + 60) * 1e6), now_us)
            self._understand([_as_record(wave) for wave in waves])


def _of_stranger(one: Incoming) -> Refused:
    if one.device in ("", STRANGERS) and isinstance(
        one.record, Refused
    ):  # bytes in which not even an id could be read
        return replace(one.record, device=STRANGERS)
    return Refused(one.device, None, one.received_us, "unknown_device", _UNKNOWN, (one.payload or b"")[:2048])


_UNKNOWN = "no such device is registered: add it on the devices page or by `mumian device add`"
_FAULT = "the program failed on this message: its maker should see the log of this minute"
_TOO_FAST = "more messages than 200/s: this source is slowed down; send batches instead of single samples"


def _truth_of(payload: bytes) -> dict[str, Any] | None:
    """What a replayer says happened, or None when it cannot be counted: one bad row would void every figure."""
    try:
        said = json.loads(payload)
        from_us, until_us = parse(said["from"], "from"), parse(said["until"], "until")
        if said["kind"] not in ("fall", "adl") or until_us < from_us:
            return None
        return {
            "device": str(said["device"]), "kind": said["kind"], "from_us": from_us, "until_us": until_us,
            "recording": str(said.get("recording", "")),
        }  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None


def _wave(record: Waveform) -> telemetry.Wave:
    return telemetry.Wave(
        record.device, record.kind, record.event_us, record.received_us, record.rate_hz, record.samples
    )


def _as_record(wave: telemetry.Wave) -> Waveform:
    return Waveform(wave.device, None, wave.event_us, wave.received_us, wave.rate_hz, wave.samples, wave.kind)


def _write_points(cur: Any, observations: Sequence[Observation]) -> None:
    keys: list[tuple[str, str, str]] = []
    event: list[int] = []
    received: list[int] = []
    values: list[float] = []
    for seen in observations:
        for name, value in seen.values.items():
            keys.append((seen.device, name, quantities.unit(name)))
            event.append(seen.event_us)
            received.append(seen.received_us)
            values.append(value)
    if keys:
        telemetry.append_points(cur, telemetry.series_ids(cur, keys), event, received, values)
