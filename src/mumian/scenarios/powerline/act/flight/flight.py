"""One flight from file to outcome: connect, upload and read back, start, watch. A flight that was killed is taken up again.

Order of the lists: fence, rally, mission, so that a vehicle that keeps only one list ends up with the mission.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from mumian.core.kernel.clock import SystemClock
from mumian.core.kernel.errors import Conflict, MumianError
from mumian.core.kernel.geo import Wgs84, distance_m
from mumian.scenarios.powerline.act.flight import failsafe, parameters
from mumian.scenarios.powerline.act.flight.capabilities import Capabilities, capabilities_of, wire_items
from mumian.scenarios.powerline.act.flight.connection import Connection, connected
from mumian.scenarios.powerline.act.flight.download import verify
from mumian.scenarios.powerline.act.flight.items import Item, MissionType
from mumian.scenarios.powerline.act.flight.lease import LEASE_S, LeaseFile
from mumian.scenarios.powerline.act.flight.monitor import Monitor, Outcome
from mumian.scenarios.powerline.act.flight.orders import (
    MISSION_START,
    SET_MODE,
    Order,
    ask_for,
    every,
    post,
    set_mode,
    start_mission,
)
from mumian.scenarios.powerline.act.flight.photos import Photos, wanted_of
from mumian.scenarios.powerline.act.flight.plan_file import Plan
from mumian.scenarios.powerline.act.flight.progress import Progress, stands
from mumian.scenarios.powerline.act.flight.record import Journal, Record
from mumian.scenarios.powerline.act.flight.refusals import LeaseHeld, TransferFailed
from mumian.scenarios.powerline.act.flight.starting import begin, start
from mumian.scenarios.powerline.act.flight.upload import Progress as Shown
from mumian.scenarios.powerline.act.flight.upload import clear, upload
from mumian.scenarios.powerline.observe.mavlink import modes
from mumian.scenarios.powerline.observe.mavlink.codec import Codec
from mumian.scenarios.powerline.observe.mavlink.endpoint import Endpoint
from mumian.scenarios.powerline.observe.mavlink.link import Link
from mumian.scenarios.powerline.observe.mavlink.modes import ARDUPILOT, PX4
from mumian.scenarios.powerline.observe.mavlink.vehicle import Vehicle

_PLACED_S = 2.0  # a vehicle says where it is every 0.2 s
_AT_HOME_M = 20.0  # farther from the plan's home the vehicle is told to stand elsewhere
_VERSION, _VERSION_S = 148, 1.2  # AUTOPILOT_VERSION
_RATES = {
    33: 0.2,
    42: 1.0,
    245: 1.0,
    1: 1.0,
    24: 1.0,
}  # message id → seconds; only what does not come by itself is asked for
_NAMES = {
    33: "GLOBAL_POSITION_INT",
    42: "MISSION_CURRENT",
    245: "EXTENDED_SYS_STATE",
    1: "SYS_STATUS",
    24: "GPS_RAW_INT",
}


@dataclass(frozen=True)
class Wishes:
    """How to fly: who, how patiently, and what must be so before the vehicle is armed."""

    system: int | None = None
    wait_s: float = 15.0
    arm_patience_s: float = 30.0
    patience_s: float = 120.0
    take_over: bool = False
    needs_read_back: bool = False
    needs_failsafes: bool = False
    upload_only: bool = False


@dataclass
class Teller:
    """Where a flight speaks to: the record, the journal, the person, and the progress bar."""

    record: Record
    journal: Journal
    said: Callable[[str], None]
    shown: Callable[[str], Shown]
    barred: LeaseHeld | None = None  # set once control was taken over: nothing is ordered any more

    def ordered(self, order: Order, state: str) -> None:
        """Before an order leaves it is on the disk; what came of it follows. LeaseHeld once control was taken over."""
        if state == "sent" and self.barred is not None:
            raise self.barred
        self.journal.add("order", command=order.command, name=order.name, state=state)
        self.record.write(
            "command", command=order.command, name=order.name, params=list(order.params), state=state
        )


async def fly(
    plan: Plan, endpoint: Endpoint, codec: Codec, teller: Teller, wishes: Wishes
) -> tuple[Outcome, dict[str, Any]]:
    """Fly `plan`; the outcome and its figures. What was refused before the start comes as an error."""
    journal = teller.journal
    resumes = journal.resumes(plan.sha256)
    async with Link.opened(endpoint, codec) as link:
        system = journal.begun.get("system") if resumes else wishes.system
        async with connected(link, str(endpoint), system, wishes.wait_s) as connection:
            flight = _Flight(plan, endpoint, connection, teller, wishes)
            return await (flight.resumed() if resumes else flight.whole())


class _Flight:
    """The steps, sharing what they learn of the vehicle."""

    def __init__(
        self, plan: Plan, endpoint: Endpoint, connection: Connection, teller: Teller, wishes: Wishes
    ) -> None:
        self.plan, self.endpoint, self.connection, self.teller, self.wishes = (
            plan,
            endpoint,
            connection,
            teller,
            wishes,
        )
        self.vehicle, self.record, self.said = connection.vehicle, teller.record, teller.said
        self.read_back: dict[str, str] = {}

    async def whole(self) -> tuple[Outcome, dict[str, Any]]:
        vehicle = self.vehicle
        if vehicle.armed:
            raise Conflict(state=f"armed ({vehicle.mode})", action="uploading to it")
        journal = (
            self.teller.journal
        )  # of a flight that was killed before it armed the lease still runs in its name
        flight = str(journal.begun.get("flight", "")) if journal.is_open else uuid.uuid4().hex
        async with self._leased(flight):
            self.teller.journal.restart()
            self.teller.journal.add("begun", flight=flight, plan_sha256=self.plan.sha256, system=vehicle.system,
                                    component=vehicle.component, vehicle=str(self.endpoint))  # fmt: skip
            self.record.write("flight", flight=flight, plan_sha256=self.plan.sha256, vehicle=str(self.endpoint),
                              system=vehicle.system, autopilot=vehicle.autopilot, signed=self.connection.link.codec.signs)  # fmt: skip
            try:
                row = await self._row()
                items = wire_items(self.plan.mission, self.plan.home, row)
                await self._upload(items, row)
                if self.wishes.upload_only:
                    return self._ended(Outcome("whole"), Progress(items), None)
                await self._prepare()
                progress, photos = self._books(items, row)
                return await self._flown(progress, photos, row)
            except MumianError as refused:
                self.record.write("refused", code=refused.code, said=refused.say("en"))
                self.teller.journal.add("ended", outcome="refused")
                raise

    async def resumed(self) -> tuple[Outcome, dict[str, Any]]:
        """Take up the watching. Nothing is ordered that the journal says may have been ordered before."""
        journal, begun = self.teller.journal, self.teller.journal.begun
        async with self._leased(str(begun.get("flight", ""))):
            self.record.write(
                "resumed", flight=begun.get("flight"), armed=self.vehicle.armed, mode=self.vehicle.mode
            )
            self.said("taking up the watching of a flight that was cut off")
            row = capabilities_of(self.vehicle.autopilot, None)
            items = wire_items(self.plan.mission, self.plan.home, row)
            progress, photos = self._books(items, row)
            recall(self.record, str(begun.get("flight")), progress, photos)
            progress.gap = True
            if (
                self.vehicle.armed
                and not journal.has("order", command=MISSION_START)
                and not journal.has("order", command=SET_MODE)
            ):
                await begin(
                    self.connection,
                    [start_order(row, self.vehicle)],
                    self.teller.ordered,
                    lambda: progress.done > 0,
                )
            return await self._watched(progress, photos, resumed=True)

    # — the steps ————————————————————————————————————————————————————————————————————————————————————————————————————————

    async def _row(self) -> Capabilities:
        if self.vehicle.autopilot in (ARDUPILOT, PX4):
            return capabilities_of(self.vehicle.autopilot, None)
        heard: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def told(message: Any) -> None:
            if not heard.done():
                heard.set_result(message.capabilities)

        off = self.connection.on(("AUTOPILOT_VERSION",), told)
        try:
            for _ in range(3):
                post(self.connection, ask_for(_VERSION))
                await asyncio.wait({heard}, timeout=_VERSION_S + self.connection.link.round_trip_s())
                if heard.done():
                    return capabilities_of(self.vehicle.autopilot, heard.result())
        finally:
            off()
        return capabilities_of(self.vehicle.autopilot, None)

    async def _upload(self, mission: tuple[Item, ...], row: Capabilities) -> None:
        lists = (
            (MissionType.FENCE, self.plan.fence),
            (MissionType.RALLY, self.plan.rally),
            (MissionType.MISSION, mission),
        )
        for kind, items in lists:
            if not items:
                continue
            if kind not in row.keeps:
                self._warn(f"this vehicle keeps no {kind.name.lower()} list: the plan's is not on board")
                self.read_back[kind.name.lower()] = "not kept"
                continue
            await self._one_list(items, kind, row)
        self.teller.journal.add("uploaded", read_back=self.read_back)

    async def _one_list(self, items: tuple[Item, ...], kind: MissionType, row: Capabilities) -> None:
        name, same, acknowledged, attempts = kind.name.lower(), "", False, 0
        for number in (1, 2):
            done = await upload(
                self.connection, items, kind, row, self.teller.shown(f"{name} up"), strict=number > 1
            )
            self.record.write("upload", list=name, items=len(items), attempts=done.attempts,
                              acknowledged=done.acknowledged, seconds=round(done.seconds, 3))  # fmt: skip
            acknowledged, attempts = done.acknowledged, done.attempts
            try:
                same = await verify(self.connection, items, kind, row, self.teller.shown(f"{name} back"))
            except MumianError as differs:
                self.record.write("read_back", list=name, same=False, said=differs.say("en"))
                await clear(self.connection, kind)
                if number == 2 or isinstance(differs, TransferFailed):
                    raise
                continue  # a repeated datagram can double an item: once more, from the start
            if same == "not offered" and number == 1 and self.connection.link.is_lossy():
                continue  # answers went out twice, and nobody can tell what became of them
            break
        if same == "not offered":
            if not acknowledged or self.wishes.needs_read_back:
                await clear(self.connection, kind)
                raise TransferFailed(
                    what=name, attempts=attempts, detail="the vehicle does not hand its list back"
                )
            self._warn(f"this vehicle does not hand its {name} back: acknowledged, but not compared")
        self.record.write("read_back", list=name, same=same == "same", said=same)
        self.read_back[name] = same
        self.said(
            f"{name}: {len(items)} items on board, {'read back and compared' if same == 'same' else 'acknowledged'}"
        )

    async def _prepare(self) -> None:
        """Message rates that are missing, and failsafes that are off."""
        for message_id, name in _NAMES.items():
            if not self.vehicle.seen.get(name):
                post(self.connection, every(message_id, _RATES[message_id]))
        names = failsafe.asked(self.vehicle.autopilot)
        values = await parameters.read(self.connection, names) if names else {}
        off = failsafe.switched_off(self.vehicle.autopilot, values)
        self.record.write("failsafes", parameters=values, off=off)
        for sentence in off:
            self._warn(sentence)
        if off and self.wishes.needs_failsafes:
            raise Conflict(state="; ".join(off), action="flying with --require-failsafes")
        await self._look_where_it_stands()

    async def _look_where_it_stands(self) -> None:
        """All heights count from where the vehicle arms, and were proved for the plan's home."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PLACED_S):
                while self.vehicle.position is None:
                    await asyncio.sleep(0.05)
        at = self.vehicle.position
        if at is None or (at.lat_deg == 0 and at.lon_deg == 0):
            return
        away_m = distance_m(Wgs84(at.lat_deg, at.lon_deg), Wgs84(*self.plan.home[:2]))
        if away_m > _AT_HOME_M:
            self._warn(
                f"the vehicle stands {away_m:.0f} m from the plan's home: heights count from where it stands, and were proved for "
                "that home"
            )

    async def _flown(
        self, progress: Progress, photos: Photos, row: Capabilities
    ) -> tuple[Outcome, dict[str, Any]]:
        monitor = self._monitor(progress, photos, resumed=False)
        watching = asyncio.create_task(monitor.until_over())
        try:
            await start(
                self.connection,
                row,
                self.teller.ordered,
                self.wishes.arm_patience_s,
                self.said,
                lambda: progress.done > 0,
            )
            self.teller.journal.add("started")
            self.record.write("started")
            self.said("the mission is flown")
            monitor.started()
            outcome = await watching
        finally:
            watching.cancel()
        return self._ended(outcome, progress, photos)

    async def _watched(
        self, progress: Progress, photos: Photos, *, resumed: bool
    ) -> tuple[Outcome, dict[str, Any]]:
        monitor = self._monitor(progress, photos, resumed=resumed)
        monitor.started()
        return self._ended(await monitor.until_over(), progress, photos)

    def _monitor(self, progress: Progress, photos: Photos, *, resumed: bool) -> Monitor:
        return Monitor(
            self.connection, progress, photos, self.record, self.wishes.patience_s, self.said, resumed=resumed
        )

    def _books(self, items: tuple[Item, ...], row: Capabilities) -> tuple[Progress, Photos]:
        first = 1 if row.home_is_item_0 else 0
        jump_ids = dict(enumerate(self.plan.jump_ids, first))
        return Progress(items, first), Photos(items, wanted_of(items), jump_ids)

    def _ended(
        self, outcome: Outcome, progress: Progress, photos: Photos | None
    ) -> tuple[Outcome, dict[str, Any]]:
        said = self.connection.said_since(0.0, severity=4)
        figures: dict[str, Any] = {
            "outcome": outcome.end, "why": outcome.why, "items_flown": progress.done, "items": len(progress.moves),
            "photos_wanted": len(photos.wanted) if photos else 0,
            "photos_by_camera": sum(e != "item" for e in photos.taken.values()) if photos else 0,
            "photos_by_item_only": sum(e == "item" for e in photos.taken.values()) if photos else 0,
            "photos_missing": photos.missing if photos else [],
            "read_back": self.read_back, "vehicle_said": said[-8:], "still_armed": not stands(self.vehicle),
            "loss": self.connection.link.quality.loss(), "frames_refused": dict(self.connection.link.refused),
        }  # fmt: skip
        self.record.write("outcome", **figures)
        self.record.sync()
        self.teller.journal.add("ended", outcome=outcome.end)
        return outcome, figures

    def _warn(self, text: str) -> None:
        self.record.write("warning", text=text)
        self.said(f"warning: {text}")

    @contextlib.asynccontextmanager
    async def _leased(self, flight: str) -> AsyncIterator[None]:
        """Hold the lease and renew it; when somebody takes it over, say so and order nothing any more."""
        lease = LeaseFile(
            f"{self.endpoint} system {self.vehicle.system}", f"flight {flight[:12]}", SystemClock(),
            words=f"{self.plan.name} · {station()}",
        )  # fmt: skip
        lease.take(take_over=self.wishes.take_over)
        renewing = asyncio.create_task(self._renew(lease))
        try:
            yield
        finally:
            renewing.cancel()
            lease.give_back()

    async def _renew(self, lease: LeaseFile) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            try:
                lease.take()
            except LeaseHeld as held:
                self.teller.barred = held
                self.record.write("control", event="lease taken over", by=held.facts["holder"])
                self.said(f"{held.say('en')}: watching, ordering nothing")
                return


def station() -> str:
    """Who flies from where: this user at this machine."""
    with contextlib.suppress(OSError, KeyError):  # a container's user may have no name
        return f"{getpass.getuser()}@{socket.gethostname()}"
    return socket.gethostname()


def start_order(row: Capabilities, vehicle: Vehicle) -> Order:
    """The one order that starts a mission on this kind of autopilot."""
    return (
        set_mode(*modes.mission(vehicle.autopilot, vehicle.kind)) if row.arms_in_mission else start_mission()
    )


def recall(record: Record, flight: str, progress: Progress, photos: Photos) -> None:
    """What the record of this flight already holds: items flown and photographs taken."""
    ours = False
    for row in record.rows():
        if row.get("kind") == "flight":
            ours = row.get("flight") == flight
        elif ours and row.get("kind") == "item" and isinstance(row.get("item"), int):
            progress.evidence[row["item"]] = row.get("evidence", "reached")
        elif ours and row.get("kind") == "photo":
            photos.recalled(row)
