"""Watches a flight until it is over: items, photographs, modes, failsafes, the link. It gives no order.

When somebody else changes the mode, control is theirs: it is recorded, and nothing is done about it. When a link comes back,
the state is taken from what the vehicle says, and nothing is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from mumian.core.kernel.clock import SystemClock
from mumian.scenarios.powerline.act.flight.connection import Connection
from mumian.scenarios.powerline.act.flight.failsafe import LINK_LOST_S, Watch
from mumian.scenarios.powerline.act.flight.orders import ask_for, post
from mumian.scenarios.powerline.act.flight.photos import MESSAGES, BootClock, Photos
from mumian.scenarios.powerline.act.flight.progress import Progress, stands
from mumian.scenarios.powerline.act.flight.record import Record
from mumian.scenarios.powerline.observe.mavlink.codec import Message
from mumian.scenarios.powerline.observe.mavlink.modes import ENDING_MODES, MISSION_MODES
from mumian.scenarios.powerline.observe.mavlink.vehicle import Position

End = Literal["whole", "aborted", "lost", "halted"]

_TICK_S, _ROW_S = 0.2, 0.2
_SETTLE_S = 2.0  # after the end: late words may still be under way
_STAND_S = 20.0  # from the last item's being reached to standing on the ground
_STILL_S, _STILL_M = 20.0, 1.0  # an aborted flight that moves no more is over, even where nobody disarms
_CURRENT_STALE_S, _MISSION_CURRENT = 3.0, 42
_NOTICE = 5  # MAV_SEVERITY


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the flight ended, and why if it was not flown whole."""

    end: End
    why: str = ""


class Monitor:
    """One flight from its start (or from wherever it is) to its end."""

    def __init__(
        self, connection: Connection, progress: Progress, photos: Photos, record: Record, patience_s: float,
        said: Callable[[str], None], *, resumed: bool = False,
    ) -> None:  # fmt: skip
        self._connection, self._progress, self._photos, self._record = connection, progress, photos, record
        self._patience_s, self._said = patience_s, said
        self._loop = asyncio.get_running_loop()
        self._clock, self._boot, self._watch = SystemClock(), BootClock(), Watch()
        self._was_armed = resumed
        self._flew_mission = self._is_started = False
        self._mode = connection.vehicle.mode
        self._aborted: tuple[float, str] | None = None
        self._taken_at: float | None = None
        self._last_row = self._current_at = self._moved_at = self._grew_at = self._loop.time()
        self._still: Position | None = None
        self._link_row = 0.0
        self._grown = progress.done

    def started(self) -> None:
        """From now on the flight can end: until then everything that is heard is only recorded."""
        self._is_started = True
        self._grew_at = self._moved_at = self._loop.time()

    async def until_over(self) -> Outcome:
        """Watch until the flight is flown whole, aborted, or nothing is heard or happens any more."""
        off = self._connection.on(("*",), self._heard)
        try:
            while True:
                await asyncio.sleep(_TICK_S)
                self._tick()
                outcome = self._judged() if self._is_started else None
                if outcome is not None:
                    await asyncio.sleep(_SETTLE_S if outcome.end != "lost" else 0)
                    return self._settled(outcome)
        finally:
            off()

    # — what is heard ————————————————————————————————————————————————————————————————————————————————————————————————————

    def _heard(self, message: Message) -> None:
        name = message.get_type()
        if name == "GLOBAL_POSITION_INT":
            self._position(message)
        elif name == "MISSION_ITEM_REACHED":
            self._flown(self._progress.reached(message.seq), f"item {message.seq} reached")
        elif name == "MISSION_CURRENT":
            self._current_at = self._loop.time()
            self._flown(self._progress.current(message.seq), f"item {message.seq} current")
        elif name == "HEARTBEAT":
            self._beat()
        elif name in MESSAGES:
            self._photo(message)
        elif name == "STATUSTEXT" and self._connection.texts:
            _, severity, text = self._connection.texts[-1]
            self._record.write("text", severity=severity, text=text)
            if severity <= _NOTICE:
                self._said(f"vehicle: {text}")

    def _position(self, message: Message) -> None:
        at, now_us = self._connection.vehicle.position, self._clock.now_us()
        self._boot.heard(message.time_boot_ms, now_us)
        if at is None:
            return
        self._progress.moved(at)
        self._photos.moved(at)
        self._note_movement(at)
        if self._loop.time() - self._last_row >= _ROW_S:
            self._last_row = self._loop.time()
            self._record.write("position", self._ours_us(at.boot_ms), lat_deg=at.lat_deg, lon_deg=at.lon_deg,
                               above_home_m=at.above_home_m, amsl_m=at.amsl_m, speed_mps=round(at.speed_mps, 2),
                               heading_deg=at.heading_deg)  # fmt: skip

    def _ours_us(self, boot_ms: int | None) -> int | None:
        one_way_us = (self._connection.link.quality.round_trip.smoothed_us or 0.0) / 2
        return None if boot_ms is None else self._boot.ours_us(boot_ms, one_way_us)

    def _note_movement(self, at: Position) -> None:
        was = self._still
        scale = 111_195.0
        if was is None or abs(at.lat_deg - was.lat_deg) * scale > _STILL_M or abs(at.lon_deg - was.lon_deg) * scale > _STILL_M or (
            abs(at.above_home_m - was.above_home_m) > _STILL_M
        ):  # fmt: skip
            self._still, self._moved_at = at, self._loop.time()

    def _flown(self, new: list[int], word: str) -> None:
        at = self._connection.vehicle.position
        place: dict[str, Any] = {}
        if at is not None:
            place = {
                "lat_deg": at.lat_deg,
                "lon_deg": at.lon_deg,
                "above_home_m": at.above_home_m,
                "amsl_m": at.amsl_m,
            }
        for seq in new:
            self._record.write("item", item=seq, evidence=self._progress.evidence[seq], word=word, **place)
            if self._photos.passed(seq):
                self._record.write(
                    "photo", item=seq, doJumpId=self._photos.jump_id(seq), evidence="item", **place
                )

    def _photo(self, message: Message) -> None:
        done = max(self._progress.evidence, default=self._progress.first - 1)
        row = self._photos.captured(message, done, self._connection.vehicle.unix_minus_boot_us)
        if row is not None:
            boot_ms = row.get("boot_ms")
            self._record.write("photo", self._ours_us(boot_ms), **row)

    def _beat(self) -> None:
        vehicle = self._connection.vehicle
        self._was_armed = self._was_armed or vehicle.armed
        if vehicle.armed and vehicle.mode in MISSION_MODES:
            self._flew_mission = True
            if self._taken_at is not None:
                self._taken_at = None
                self._record.write("control", event="mission mode again", mode=vehicle.mode)
        if vehicle.mode != self._mode:
            self._changed(self._mode, vehicle.mode)
            self._mode = vehicle.mode

    def _changed(self, was: str, mode: str) -> None:
        """A mode that we did not order. The last item may bring it about by itself (return, land, hold at the end)."""
        self._record.write("mode", mode=mode, was=was)
        self._said(f"mode {was} → {mode}")
        vehicle = self._connection.vehicle
        if not self._is_started or not vehicle.armed or self._ends_by_itself():
            return
        if mode in ENDING_MODES and self._aborted is None:
            self._abort(f"the vehicle went into {mode}")
        elif mode not in MISSION_MODES and self._flew_mission and self._taken_at is None:
            self._taken_at = self._loop.time()
            self._record.write("control", event="taken from us", mode=mode)
            self._said(f"somebody else flies now ({mode}): watching, ordering nothing")

    def _ends_by_itself(self) -> bool:
        self._progress.by_track()
        moves = self._progress.moves
        return all(
            n in self._progress.evidence for n in (moves[:-1] if self._progress.ends_on_ground else moves)
        )

    def _abort(self, why: str) -> None:
        self._aborted = (self._loop.time(), why)
        self._record.write("aborted", why=why)

    # — what follows from it —————————————————————————————————————————————————————————————————————————————————————————————

    def _tick(self) -> None:
        now, connection = self._loop.time(), self._connection
        for name, begins, detail in self._watch.changes(connection.vehicle, now - connection.beat_at):
            self._record.write("failsafe", condition=name, begins=begins, detail=detail)
            self._said(f"{name}: {detail}")
        if self._progress.done != self._grown:
            self._grown, self._grew_at = self._progress.done, now
        if now - self._link_row >= 1.0:
            self._link_row = now
            self._link_quality()
            if now - self._current_at > _CURRENT_STALE_S and now - connection.beat_at < LINK_LOST_S:
                post(connection, ask_for(_MISSION_CURRENT))

    def _link_quality(self) -> None:
        quality = self._connection.link.quality
        received, lost = quality.totals()
        round_trip = quality.round_trip.last_us
        self._record.write("link", received=received, lost=lost, loss=quality.loss(),
                           round_trip_ms=None if round_trip is None else round_trip / 1000)  # fmt: skip

    def _judged(self) -> Outcome | None:
        vehicle, now = self._connection.vehicle, self._loop.time()
        silent_s = now - self._connection.beat_at
        if silent_s > self._patience_s:
            return Outcome(
                "lost", f"nothing was heard for {silent_s:.0f} s; the vehicle flies by its own failsafe"
            )
        standing = self._was_armed and not vehicle.armed
        if standing:
            return self._on_ground()
        if self._aborted is not None:
            over = stands(vehicle) or now - self._moved_at > _STILL_S
            return Outcome("aborted", self._aborted[1]) if over else None
        if self._progress.is_whole(vehicle, stands=self._was_armed and stands(vehicle)):
            waits = self._progress.ends_on_ground and now - self._grew_at < _STAND_S and not stands(vehicle)
            return None if waits else Outcome("whole")
        if self._taken_at is not None and now - self._taken_at > self._patience_s:
            return Outcome(
                "halted", f"somebody else holds it in {vehicle.mode} for {now - self._taken_at:.0f} s"
            )
        if now - max(self._moved_at, self._grew_at) > self._patience_s:
            return Outcome("halted", f"neither position nor item has changed for {self._patience_s:.0f} s")
        return None

    def _on_ground(self) -> Outcome:
        self._flown(self._progress.by_track(), "track")
        if self._progress.is_whole(self._connection.vehicle, stands=True) and self._aborted is None:
            return Outcome("whole")
        why = self._aborted[1] if self._aborted is not None else "the vehicle disarmed"
        return Outcome("aborted", why)

    def _settled(self, outcome: Outcome) -> Outcome:
        """The last words may turn "disarmed" into "flown whole", never the other way round."""
        if outcome.end == "aborted" and self._aborted is None:
            outcome = self._on_ground()
        if self._progress.missed() and outcome.end != "whole":
            skipped = ", ".join(map(str, self._progress.missed()))
            return Outcome(outcome.end, f"{outcome.why}; items {skipped} were passed over")
        return outcome
