"""The ground's end of one dock: orders on `services`, replies by tid, state from `osd`. DJI Cloud API over MQTT.

An order stands in the journal before it leaves. No reply within the time: the same tid again, which the dock answers without doing
it twice. paho's thread fills the mailbox; all else runs on the caller's.
"""

from __future__ import annotations

import json
import time
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from mumian.core.kernel import ids
from mumian.core.kernel.errors import BadInput, Conflict, Unavailable
from mumian.scenarios.powerline.domain.dock import ORDERS, TITLES, Dock, Interlock, forbids
from mumian.scenarios.powerline.observe.dock import envelope
from mumian.scenarios.powerline.observe.dock.link import Link
from mumian.scenarios.powerline.observe.dock.standing import small

REPLY_S, TRIES = 2.0, 3
RESULTS = {0: "ok", 1: "busy", 2: "interlock", 3: "fault", 4: "unknown method", 5: "malformed"}
RESULTS_ZH = {
    1: "部件正在动",
    2: "机巢自己的联锁不许",
    3: "有故障",
    4: "它不认得这条指令",
    5: "指令的数据不对",
}


class Forbidden(Conflict):
    """An interlock forbids the order; nothing was sent."""

    code = "dock_interlock"
    zh, en = "联锁不许{title}：{why_zh}", "{order} is refused by the interlock {lock}: {why_en}"

    def __init__(self, order: str, lock: Interlock) -> None:
        super().__init__(order=order, title=TITLES[order], lock=lock.name, why_zh=lock.zh, why_en=lock.en, state="", action=order)  # fmt: skip


class Refused(Conflict):
    """The dock itself said no."""

    code = "dock_refused"
    zh, en = "机巢拒绝{title}：{word_zh}", "the dock refused {order}: {result} {word}"

    def __init__(self, order: str, result: object) -> None:
        number = result if isinstance(result, int) else -1
        zh = RESULTS_ZH.get(number, f"应答 {result}")
        super().__init__(order=order, title=TITLES[order], result=result, word=RESULTS.get(number, ""), word_zh=zh, state="", action=order)  # fmt: skip


class NoAnswer(Unavailable):
    """The dock says nothing, or does not reply to an order."""

    zh = "机巢 {part} {detail_zh}"

    def __init__(self, part: str, detail: str, detail_zh: str) -> None:
        super().__init__(part=part, detail=detail, detail_zh=detail_zh)


class Notes(Protocol):
    """Where each step is written down. `add` returns when it is kept, and raises where it cannot be: nothing is sent then."""

    def add(self, step: str, **facts: Any) -> None: ...


class DockClient:
    """One dock by its serial number. `seen` is its last state, None before the first osd."""

    def __init__(
        self, url: str, sn: str, journal: Notes, reply_s: float = REPLY_S, *, insecure_tls: bool = False
    ) -> None:
        self.sn, self.journal, self._reply_s = sn, journal, reply_s
        self._mail: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
        self._channels = {envelope.topic(sn, name): name for name in ("osd", "services_reply", "events")}
        self.seen: Dock | None = None
        self.looks = 0
        self.events: list[dict[str, Any]] = []
        self.bad: list[str] = []
        self._link = Link(
            url, list(self._channels), lambda *said: self._mail.put(said), insecure_tls=insecure_tls
        )

    def start(self) -> None:
        """Connect. Unavailable where no broker answers."""
        self._link.start()

    def stop(self) -> None:
        self._link.stop()

    def look(self, seconds: float) -> Dock:
        """The dock's state as of the next osd. Unavailable where it says nothing for `seconds`."""
        before, until = self.looks, time.monotonic() + seconds
        while time.monotonic() < until:
            self._take(until - time.monotonic())
            if self.seen is not None and self.looks > before:
                return self.seen
        raise NoAnswer(self.sn, "the dock says nothing", "没有信号")

    def order(
        self, method: str, data: dict[str, Any] | None = None, tid: str | None = None
    ) -> dict[str, Any]:
        """Order `method` and return its reply. Forbidden, Refused, BadInput, or Unavailable after TRIES without a reply."""
        if method not in ORDERS:
            raise BadInput(detail=f"order {method!r}: one of {', '.join(ORDERS)}")
        named = tid or ids.new("T")
        if self.seen and (lock := forbids(self.seen, method)):
            self.journal.add("forbidden", tid=named, method=method, interlock=lock.name)
            raise Forbidden(method, lock)
        head = {
            "tid": named,
            "bid": ids.new("B"),
            "gateway": self.sn,
            "method": method,
            "data": data or {},
        }
        for attempt in range(1, TRIES + 1):
            self.journal.add("order", sn=self.sn, tid=named, method=method, data=data or {}, attempt=attempt)
            self._publish(head)
            if (reply := self._reply(named, method)) is not None:
                return self._judged(method, reply)
        self.journal.add("no reply", tid=named, method=method)
        raise NoAnswer(
            self.sn,
            f"no reply to {method} after {TRIES} tries",
            f"对“{TITLES[method]}”发了 {TRIES} 次都没有应答",
        )

    def _publish(self, head: dict[str, Any]) -> None:
        message = {**head, "timestamp": time.time_ns() // 1_000_000}
        self._link.publish(envelope.topic(self.sn, "services"), json.dumps(message))

    def _reply(self, tid: str, method: str) -> dict[str, Any] | None:
        until = time.monotonic() + self._reply_s
        while (left := until - time.monotonic()) > 0:
            said = self._take(left)
            if said and said.get("tid") == tid and said.get("method") == method:
                return said
        return None

    def _judged(self, method: str, reply: dict[str, Any]) -> dict[str, Any]:
        result = small(reply["data"].get("result"))
        self.journal.add("reply", tid=reply["tid"], method=method, result=result)
        if isinstance(result, bool) or result != 0:
            raise Refused(method, result)
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
