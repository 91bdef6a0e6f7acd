"""The watch on all docks of the home: one link to the broker, one thread, the newest of each dock on the board for every browser.

Only docks of the register are heard, and their origin is the register's. It orders nothing; that an order of somebody else's was
answered on the wire is noted all the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from mumian.core.kernel.errors import BadInput, MumianError, NotFound
from mumian.scenarios.powerline.domain.dock import Dock
from mumian.scenarios.powerline.observe.dock import broker, envelope, rows
from mumian.scenarios.powerline.observe.dock.link import Link
from mumian.scenarios.powerline.observe.dock.rows import Line
from mumian.scenarios.powerline.observe.dock.standing import LINES_KEPT, Standing, small, word
from mumian.scenarios.powerline.observe.fleet.board import Board
from mumian.scenarios.powerline.observe.unsaved import Unsaved

if TYPE_CHECKING:
    from mumian.core.kernel.clock import Clock
    from mumian.core.kernel.settings import Settings
    from mumian.core.store import Store

log = structlog.get_logger()
CHANNELS = ("osd", "events", "services_reply")
TICK_S, SLOW_S, REGISTER_S, STOP_S = 0.2, 1.0, 3.0, 5.0
_WAITING = 10_000  # messages not read yet: what is beyond is dropped
Told = tuple[int, dict[str, Any]]


class Watch:
    """`board` is for the pages, `standing` for whoever gives an order, `told` for what that one has written into the log."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, about: Callable[[Dock], dict[str, Any]]
    ) -> None:
        """`about` tells for the page what may be ordered of a dock as it stands."""
        self.board, self._about = Board(), about
        self.docks: dict[str, Standing] = {}
        self._settings, self._store, self._clock = settings, store, clock
        self._mail: Queue[tuple[int, str, bytes]] = Queue(_WAITING)  # when it came, topic, payload
        self._unsaved = Unsaved("lines of docks", rows.write)
        self._lock = Lock()
        self._dirty: set[tuple[str, str]] = set()  # ("state" or "log", serial number)
        self._fault, self._unreadable, self._messages, self._dropped = "", 0, 0, 0
        self._ending = Event()
        self._link: Link | None = None
        self._thread = Thread(target=self._run, daemon=True, name="docks")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.board.close()
        self._ending.set()
        self._thread.join(STOP_S)

    def health(self) -> Mapping[str, Any]:
        """Well while the broker answers; a dock that is silent is no fault of ours."""
        every = tuple(self.docks.values())
        connected = self._link is not None and self._link.connected
        return {
            "ok": self._thread.is_alive() and (connected or not every) and not self._fault, "connected": connected,
            "fault": self._fault, "docks": len(every), "silent": sum(d.silent or not d.heard_us for d in every),
            "messages": self._messages, "dropped": self._dropped + self._unsaved.lost, "unreadable": self._unreadable, "readers": self.board.readers,
        }  # fmt: skip

    def standing(self, sn: str) -> Standing:
        """The dock of this serial number; NotFound where the register has none."""
        found = self.docks.get(sn)
        if found is None:
            raise NotFound(what="dock", id=sn)
        return found

    def told(self, sn: str, at_us: int, body: dict[str, Any]) -> None:
        """Show a line that stands in the log already. From any thread."""
        if found := self.docks.get(sn):
            found.lines.append((at_us, body))
            self._mark("log", sn)

    def _mark(self, of: str, sn: str) -> None:
        with self._lock:
            self._dirty.add((of, sn))

    # — the thread ———————————————————————————————————————————————————————————————————————————————————————————————————————

    def _run(self) -> None:
        register_at = slow_at = 0.0
        while not self._ending.is_set():
            now = time.monotonic()
            try:
                if now >= register_at:
                    register_at = now + REGISTER_S
                    self._known()
                    self._connect()
                if slow := now >= slow_at:
                    slow_at = now + SLOW_S
                    self._slowly()
                self._read(TICK_S)
                self._show(always=slow)
                self._fault = ""
            except Exception as fault:  # the store or the broker is away, or a fault of ours: told in the health, tried again
                if not isinstance(fault, MumianError):
                    log.exception("the watch on the docks stumbled")
                self._fault = str(fault)[:200]
                self._ending.wait(TICK_S)
        if self._link:
            self._link.stop()
        self._unsaved.save(self._store)

    def _connect(self) -> None:
        if self._link is None:
            url, own = broker.url(self._settings)
            topics = [envelope.PATTERN.format(sn="+", channel=channel) for channel in CHANNELS]
            self._link = Link(url, topics, self._arrived, insecure_tls=own)
            self._link.start_later()

    def _arrived(self, topic: str, payload: bytes) -> None:
        """On paho's thread."""
        try:
            self._mail.put_nowait((self._clock.now_us(), topic, payload))
        except Full:
            self._dropped += 1

    def _known(self) -> None:
        """Take up docks that came into the register, leave those that were retired."""
        known = rows.registered(self._store)
        for sn in set(self.docks) - set(known):
            del self.docks[sn]
            self.board.put(f"state {sn}", msgspec.json.encode({"of": "gone", "key": sn}))
        for sn, (origin, place) in known.items():
            if sn in self.docks:
                self.docks[sn].place = place
                continue
            made = Standing(sn, origin, place, self._clock.now_us())
            made.lines.extend(rows.newest(self._store, sn, LINES_KEPT))
            self.docks[sn] = made
            self._mark("state", sn)
            self._mark("log", sn)

    def _read(self, seconds: float) -> None:
        """What came until now, or within `seconds`."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                came_us, topic, payload = self._mail.get(timeout=left)
            except Empty:
                return
            self._messages += 1
            try:
                self._take(came_us, topic, payload)
            except Exception:  # a fault of ours: one message may not keep the others waiting
                self._unreadable += 1
                log.exception("a dock's message cannot be taken in", topic=topic)

    def _take(self, came_us: int, topic: str, payload: bytes) -> None:
        _, _, sn, channel = (*topic.split("/"), "", "", "")[:4]
        standing = self.docks.get(sn)
        if standing is None:
            return
        try:
            said = envelope.read(payload)
            if channel != "services_reply":
                self._note(standing, standing.heard(channel, said, came_us))
                self._mark("state", sn)
            elif standing.may_write(self._clock.now_us()):
                self._note(standing, self._foreign(said))
        except BadInput:
            self._unreadable += 1
        except MumianError as fault:  # the store is away
            log.warning("a dock's reply cannot be looked up", dock=sn, error=str(fault)[:200])

    def _foreign(self, said: dict[str, Any]) -> Iterable[dict[str, Any]]:
        """A reply to an order that did not leave from this service: somebody else commands the dock."""
        tid = word(said.get("tid", ""))
        if not rows.is_ours(self._store, tid):
            yield {"event": "foreign order", "tid": tid, "method": word(said.get("method", "")), "result": small(said["data"].get("result"))}  # fmt: skip

    def _note(self, standing: Standing, bodies: Iterable[dict[str, Any]]) -> None:
        """Into the log and, with the next batch, into the store."""
        for body in bodies:
            at_us = self._clock.now_us()
            if not standing.may_write(at_us):
                self._dropped += 1
                continue
            self._unsaved.put(Line(standing.sn, standing.origin, at_us, body))
            self.told(standing.sn, at_us, body)

    def _slowly(self) -> None:
        now_us = self._clock.now_us()
        for standing in list(self.docks.values()):
            was = standing.silent
            self._note(standing, standing.look(now_us))
            if standing.silent != was:
                self._mark("state", standing.sn)
        self._unsaved.save(self._store)

    def _show(self, *, always: bool) -> None:
        with self._lock:
            dirty, self._dirty = self._dirty, set()
        for of, sn in dirty:
            if (standing := self.docks.get(sn)) is None:
                continue
            self.board.put(f"{of} {sn}", msgspec.json.encode({"of": of, **self._item(of, standing)}))
        if dirty or always:
            self.board.publish()

    def _item(self, of: str, standing: Standing) -> dict[str, Any]:
        if of == "log":
            return {"key": standing.sn, "lines": list(standing.lines)}
        return standing.state() | (self._about(standing.dock) if standing.dock else {})
