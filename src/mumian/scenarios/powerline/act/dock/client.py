"""The ground's end of one dock: orders on `services`, replies by tid, state from `osd`. DJI Cloud API over MQTT.

An order stands in the journal before it leaves. No reply within the time: the same tid again, which the dock answers without doing
it twice. paho's thread fills the mailbox; all else runs on the caller's.
"""

from __future__ import annotations

import json
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from mumian.core.kernel import ids
from mumian.core.kernel.errors import BadInput, Conflict, Unavailable
from mumian.scenarios.powerline.domain.dock import ORDERS, Dock, forbids
from mumian.scenarios.powerline.observe.dock import envelope

if TYPE_CHECKING:
    from mumian.scenarios.powerline.act.flight.record import Journal

REPLY_S, TRIES = 2.0, 3
RESULTS = {0: "ok", 1: "busy", 2: "interlock", 3: "fault", 4: "unknown method", 5: "malformed"}


class Forbidden(Conflict):
    """An interlock forbids the order; nothing was sent."""

    code = "dock_interlock"
    zh, en = "{order} 被联锁 {lock} 拒绝：{why_zh}", "{order} is refused by the interlock {lock}: {why_en}"


class Refused(Conflict):
    """The dock itself said no."""

    code = "dock_refused"
    zh, en = "机巢拒绝 {order}：{result} {word}", "the dock refused {order}: {result} {word}"


class DockClient:
    """One dock by its serial number. `seen` is its last state, None before the first osd."""

    def __init__(self, url: str, sn: str, journal: Journal, reply_s: float = REPLY_S) -> None:
        self._url, self.sn, self._journal, self._reply_s = _address(url), sn, journal, reply_s
        self._mail: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
        self._channels = {envelope.topic(sn, name): name for name in ("osd", "services_reply", "events")}
        self.seen: Dock | None = None
        self.looks = 0
        self.events: list[dict[str, Any]] = []
        self.bad: list[str] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        if self._url.username:
            self._client.username_pw_set(unquote(self._url.username), unquote(self._url.password or ""))
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(topic, 1) for topic in self._channels]
        )
        self._client.on_message = lambda _c, _d, message: self._mail.put(
            (message.topic, bytes(message.payload))
        )

    def start(self) -> None:
        """Connect. Unavailable where no broker answers."""
        try:
            self._client.connect(self._url.hostname or "", self._url.port or 1883)
        except OSError as fault:
            raise Unavailable(part=self._url.hostname, detail=str(fault)) from None
        self._client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def look(self, seconds: float) -> Dock:
        """The dock's state as of the next osd. Unavailable where it says nothing for `seconds`."""
        before, until = self.looks, time.monotonic() + seconds
        while time.monotonic() < until:
            self._take(until - time.monotonic())
            if self.seen is not None and self.looks > before:
                return self.seen
        raise Unavailable(part=self.sn, detail="the dock says nothing")

    def order(
        self, method: str, data: dict[str, Any] | None = None, tid: str | None = None
    ) -> dict[str, Any]:
        """Order `method` and return its reply. Forbidden, Refused, BadInput, or Unavailable after TRIES without a reply."""
        if method not in ORDERS:
            raise BadInput(detail=f"order {method!r}: one of {', '.join(ORDERS)}")
        if self.seen and (lock := forbids(self.seen, method)):
            self._journal.add("forbidden", method=method, interlock=lock.name)
            raise Forbidden(
                order=method, lock=lock.name, why_zh=lock.zh, why_en=lock.en, state="", action=method
            )
        named = tid or ids.new("T")
        head = {
            "tid": named,
            "bid": ids.new("B"),
            "gateway": self.sn,
            "method": method,
            "data": data or {},
        }
        for attempt in range(1, TRIES + 1):
            self._journal.add("order", sn=self.sn, tid=named, method=method, data=data or {}, attempt=attempt)
            self._publish(head)
            if (reply := self._reply(named, method)) is not None:
                return self._judged(method, reply)
        self._journal.add("no reply", tid=named, method=method)
        raise Unavailable(part=self.sn, detail=f"no reply to {method} after {TRIES} tries")

    def _publish(self, head: dict[str, Any]) -> None:
        message = {**head, "timestamp": time.time_ns() // 1_000_000}
        self._client.publish(envelope.topic(self.sn, "services"), json.dumps(message), 1)

    def _reply(self, tid: str, method: str) -> dict[str, Any] | None:
        until = time.monotonic() + self._reply_s
        while (left := until - time.monotonic()) > 0:
            said = self._take(left)
            if said and said.get("tid") == tid and said.get("method") == method:
                return said
        return None

    def _judged(self, method: str, reply: dict[str, Any]) -> dict[str, Any]:
        result = reply["data"].get("result")
        self._journal.add("reply", tid=reply["tid"], method=method, result=result)
        if result != 0:
            word = RESULTS.get(result, "") if isinstance(result, int) else ""
            raise Refused(order=method, result=result, word=word, state="", action=method)
        return reply

    def _take(self, seconds: float) -> dict[str, Any] | None:
        """The next message if it is a reply; state and events are kept, what cannot be read is put aside with its reason."""
        try:
            topic, payload = self._mail.get(timeout=max(0.001, seconds))
            said = envelope.read(payload)
            channel = self._channels[topic]
            if channel == "osd":
                self.seen = envelope.dock(said["data"])
                self.looks += 1
        except Empty:
            return None
        except BadInput as fault:
            self.bad.append(fault.say("en"))
            return None
        if channel == "events":
            self.events.append({"method": said.get("method"), **said["data"]})
        return said if channel == "services_reply" else None


def _address(url: str) -> Any:
    split = urlsplit(url)
    if split.scheme != "mqtt" or not split.hostname:
        raise BadInput(detail=f"address {url!r}: mqtt://user:password@host:port is meant")
    return split
