"""The watch: listens on every address of MUMIAN_VEHICLES in a thread and loop of its own, so that pages and alarms never wait for it.

It says heartbeat and TIMESYNC, as system 254: an autopilot that watches for its own ground station (255) is not lulled by it. Ten
times a second it puts the newest state of each vehicle on the board; once a second it seals what is worth keeping as events.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from mumian.core.kernel.errors import MumianError, NotFound
from mumian.core.store import events
from mumian.scenarios.powerline.observe.fleet.board import Board
from mumian.scenarios.powerline.observe.fleet.craft import Craft, Happening
from mumian.scenarios.powerline.observe.fleet.sources import Source, sources
from mumian.scenarios.powerline.observe.mavlink.codec import Codec, Message
from mumian.scenarios.powerline.observe.mavlink.link import Link
from mumian.scenarios.powerline.observe.mavlink.vehicle import Vehicle, is_vehicle
from mumian.scenarios.powerline.observe.unsaved import Unsaved

if TYPE_CHECKING:
    from mumian.core.kernel.clock import Clock
    from mumian.core.kernel.settings import Settings
    from mumian.core.store import Store

log = structlog.get_logger()
SYSTEM = 254
TICK_S, SLOW_TICKS = 0.1, 10
_MOST_CRAFT = 250  # of one source; a flood of forged system numbers may not fill the memory
_AGAIN_S, _STOP_S = 5.0, 5.0
EVENT = "vehicle"  # the kind of its events; body.event says what happened
Holder = Callable[[str], dict[str, Any] | None]
Sealed = tuple[str, int, str, str, Mapping[str, Any]]


class Watch:
    """A post of the service. `board` is for the pages; `craft` and `loop` for whoever gives an order."""

    name = "vehicles"

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, holder: Holder = lambda name: None
    ) -> None:
        """`holder` tells who commands a vehicle of this name; it is asked once a second."""
        self.sources = sources(settings.vehicles)
        self.board = Board()
        self.loop = asyncio.new_event_loop()
        self._store, self._clock, self._holder = store, clock, holder
        self._craft: dict[str, Craft] = {}
        self._dirty: set[str] = set()
        self._faults: dict[str, str] = {}
        self._unsaved: Unsaved[Sealed] = Unsaved("events of vehicles", events.append_many)
        self._messages = 0
        self._ending = asyncio.Event()
        self._started, self._thread = Event(), Thread(target=self._run, daemon=True, name="vehicles")

    def start(self) -> None:
        self._thread.start()
        self._started.wait(_STOP_S)

    def stop(self) -> None:
        self.board.close()
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(_STOP_S)

    def health(self) -> Mapping[str, Any]:
        """Well while every address is open; a vehicle that is silent is no fault of ours."""
        every = tuple(self._craft.values())
        return {
            "ok": self._thread.is_alive() and not self._faults, "faults": dict(self._faults), "vehicles": len(every),
            "silent": sum(c.silent for c in every), "messages": self._messages, "readers": self.board.readers,
        }  # fmt: skip

    def craft(self, key: str) -> Craft:
        """The vehicle of this key; NotFound where none was heard."""
        found = self._craft.get(key)
        if found is None:
            raise NotFound(what="vehicle", id=key)
        return found

    def note(self, craft: Craft, happening: Happening) -> None:
        """Keep a happening: sealed with the next batch."""
        name, facts = happening
        at_us = self._clock.now_us()
        self._unsaved.put((EVENT, at_us, craft.source.origin, craft.name, {"event": name, **facts}))

    # — the thread ———————————————————————————————————————————————————————————————————————————————————————————————————————

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._all())
        self.loop.close()

    async def _all(self) -> None:
        tasks = [asyncio.create_task(self._listen(source)) for source in self.sources]
        tasks.append(asyncio.create_task(self._ticking()))
        self._started.set()
        await self._ending.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._unsaved.save, self._store)

    async def _listen(self, source: Source) -> None:
        """Keep one address open; where it cannot be opened, say so in the health and try again."""
        address = str(source.endpoint)
        while True:
            try:
                async with Link.opened(source.endpoint, Codec(system=SYSTEM)) as link:
                    self._faults.pop(address, None)
                    link.on(("*",), lambda message, link=link: self._heard(source, link, message))  # type: ignore[misc]
                    await asyncio.Event().wait()
            except MumianError as fault:
                self._faults[address] = fault.say("en")
            await asyncio.sleep(_AGAIN_S)

    def _heard(self, source: Source, link: Link, message: Message) -> None:
        self._messages += 1
        key = f"{source.number}-{message.get_srcSystem()}"
        craft = self._craft.get(key)
        if craft is None:
            if message.get_type() != "HEARTBEAT" or not is_vehicle(message) or not self._has_room(source):
                return
            craft = Craft(source, link, Vehicle(message.get_srcSystem(), message.get_srcComponent()))
            craft.vehicle.heard(message)
            self._craft[key] = craft
        craft.link = link
        texts, photos = len(craft.texts), len(craft.photos)
        last = craft.texts[-1] if craft.texts else None
        for happening in craft.heard(message, self._clock.now_us()):
            self.note(craft, happening)
        self._dirty.add(key)
        if (
            len(craft.photos) != photos
            or len(craft.texts) != texts
            or (craft.texts and craft.texts[-1] is not last)
        ):
            self._put_log(craft)

    def _has_room(self, source: Source) -> bool:
        """Whether one more vehicle of this address may be taken up; the longest silent one makes way, if none flies there."""
        mine = [craft for craft in self._craft.values() if craft.source is source]
        if len(mine) < _MOST_CRAFT:
            return True
        oldest = min(mine, key=lambda craft: craft.heard_us)
        if not oldest.silent or oldest.vehicle.armed:
            self._faults[str(source.endpoint)] = (
                f"more than {_MOST_CRAFT} systems speak here; no further one is taken up"
            )
            return False
        del self._craft[oldest.key]
        self._dirty.discard(oldest.key)
        self.board.put(oldest.key, msgspec.json.encode({"of": "gone", "key": oldest.key}))
        return True

    def _put_log(self, craft: Craft) -> None:
        body = {
            "of": "log", "key": craft.key, "texts": list(craft.texts), "photos": list(craft.photos),
        }  # fmt: skip
        self.board.put(f"log {craft.key}", msgspec.json.encode(body))

    async def _ticking(self) -> None:
        ticks = 0
        due = self.loop.time()
        while True:
            due = max(due + TICK_S, self.loop.time())
            await asyncio.sleep(due - self.loop.time())
            ticks += 1
            slow = ticks % SLOW_TICKS == 0
            if slow:
                await self._slowly()
            if self._dirty or slow:
                for key in self._dirty:
                    self.board.put(key, msgspec.json.encode({"of": "state", **self._craft[key].state()}))
                self._dirty.clear()
                self.board.publish()

    async def _slowly(self) -> None:
        """Once a second: who is silent, who commands, the tracks for those who come new, and the events."""
        now_us = self._clock.now_us()
        every = list(self._craft.values())
        leases = await asyncio.to_thread(lambda: [self._holder(craft.name) for craft in every])
        for craft, lease in zip(every, leases, strict=True):
            for happening in craft.look(now_us):
                self.note(craft, happening)
                self._dirty.add(craft.key)
            if craft.lease != lease:
                craft.lease = lease
                self._dirty.add(craft.key)
            track = {"of": "track", "key": craft.key, "track": list(craft.track)}
            self.board.put(f"track {craft.key}", msgspec.json.encode(track), at_first=True)
        await asyncio.to_thread(self._unsaved.save, self._store)
