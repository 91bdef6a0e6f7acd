"""A dock on MQTT, DJI Cloud API: `python -m mumian.worlds.powerline.dock --mqtt mqtt://127.0.0.1:1883 --sn D-1 --fault cover-jam@30`.

Answers `services` once a tid (a duplicate gets the same reply and moves nothing), tells `osd`, `state` and `events`, and lets a
returning drone in though the broker is away. Faults: cover-jam, putter-jam, no-current, rain, gust; mqtt-lost (no link from then
on), lost-reply (the next reply is acted on, never sent), return (the drone comes home). `--speed` makes its time pass faster.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import OrderedDict
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from mumian.core.kernel import ids
from mumian.worlds.powerline.dock_body import FAULTS, MALFORMED, Body

_REMEMBERED = 1024  # tids; a ground that resends later than this many orders is not ours
_STEP_S, _OSD_S = 0.02, 0.5


class Replies:
    """Each tid's reply: an order is done once, however often it arrives."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._given: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def to(self, payload: bytes) -> dict[str, Any] | None:
        """The reply to a message of `services`; None for one that names no tid, as nobody could tell what is answered."""
        try:
            said = json.loads(payload)
            tid, method, data = str(said["tid"]), str(said["method"]), said.get("data") or {}
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            return None
        if tid not in self._given:
            result = self._body.order(method, data) if isinstance(data, dict) else MALFORMED
            head = {"tid": tid, "bid": said.get("bid", ""), "method": method}
            self._given[tid] = {**head, "timestamp": _now_ms(), "data": {"result": result}}
            while len(self._given) > _REMEMBERED:
                self._given.popitem(last=False)
        return self._given[tid]


class Peer:
    """The dock's network half."""

    def __init__(self, url: str, sn: str, body: Body, user: str = "", password: str = "") -> None:
        self._url, self._sn, self._body, self._replies = urlsplit(url), sn, body, Replies(body)
        self._inbox: SimpleQueue[bytes] = SimpleQueue()
        self.drop_replies, self._told, self._osd_at = 0, "", 0.0
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"dock-{sn}")
        if user or self._url.username:
            self._client.username_pw_set(
                user or unquote(self._url.username or ""), password or unquote(self._url.password or "")
            )
        if self._url.scheme == "mqtts":  # checked against the system's authorities, or those of SSL_CERT_FILE
            self._client.tls_set()
        self._client.on_connect = lambda client, *_: client.subscribe(self._topic("services"), 1)
        self._client.on_message = lambda _client, _data, message: self._inbox.put(bytes(message.payload))

    def start(self) -> None:
        port = self._url.port or (8883 if self._url.scheme == "mqtts" else 1883)
        self._client.connect_async(self._url.hostname or "127.0.0.1", port)
        self._client.loop_start()

    def leave(self) -> None:
        """The link is gone for good."""
        self._client.disconnect()

    def turn(self, seconds: float) -> None:
        """Answer what came, let `seconds` pass in the works, tell what is new."""
        while True:
            try:
                payload = self._inbox.get_nowait()
            except Empty:
                break
            self._answer(payload)
        self._body.tick(seconds)
        self._tell()

    def _answer(self, payload: bytes) -> None:
        reply = self._replies.to(payload)
        if reply is not None and self.drop_replies:
            self.drop_replies -= 1
        elif reply is not None:
            self._send("services_reply", reply)

    def _tell(self) -> None:
        for event in self._body.events:
            self._send("events", {**_head(), **event, "need_reply": 0})
        self._body.events.clear()
        osd = self._body.osd()
        state = json.dumps(
            {key: osd[key] for key in ("cover_state", "putter_state", "drone_place", "faults")}
        )
        changed = state != self._told
        if changed:
            self._told = state
            self._send("state", {**_head(), "data": json.loads(state)})
        if changed or time.monotonic() >= self._osd_at:
            self._osd_at = time.monotonic() + _OSD_S
            self._send("osd", {**_head(), "data": osd})

    def _send(self, channel: str, message: dict[str, Any]) -> None:
        if self._client.is_connected():
            self._client.publish(
                self._topic(channel), json.dumps({**message, "gateway": self._sn}), int(channel != "osd")
            )

    def _topic(self, channel: str) -> str:
        return f"thing/product/{self._sn}/{channel}"


def _head() -> dict[str, Any]:
    return {"tid": ids.new("T"), "bid": ids.new("B"), "timestamp": _now_ms()}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def befall(peer: Peer, body: Body, name: str) -> None:
    """`name` happens."""
    if name == "mqtt-lost":
        peer.leave()
    elif name == "lost-reply":
        peer.drop_replies += 1
    elif name == "return":
        body.approach()
    else:
        body.fault(name)


def _planned(text: str) -> tuple[float, str]:
    name, _, at = text.partition("@")
    if name not in (*FAULTS, "mqtt-lost", "lost-reply", "return"):
        raise argparse.ArgumentTypeError(f"{name}: {', '.join(FAULTS)}, mqtt-lost, lost-reply or return")
    return float(at or 0), name


def main() -> None:
    """Run until killed. Prints one line of JSON whenever the works change."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--mqtt", required=True)
    asked.add_argument("--sn", required=True)
    asked.add_argument("--fault", action="append", type=_planned, default=[])
    asked.add_argument("--speed", type=float, default=1.0)
    asked.add_argument(
        "--flight-s", type=float, default=60.0, help="how long a flight is before the drone comes home"
    )
    told = asked.parse_args()
    body = Body()
    peer = Peer(told.mqtt, told.sn, body)
    peer.start()
    run(peer, body, sorted(told.fault), told.speed, told.flight_s)


def run(peer: Peer, body: Body, plan: list[tuple[float, str]], speed: float, flight_s: float) -> None:
    """Turn for ever; `plan` in seconds of the dock's own time."""
    left, home_at, shown = list(plan), 0.0, ""
    while True:
        while left and left[0][0] <= body.now:
            befall(peer, body, left.pop(0)[1])
        if body.drone != "away":
            home_at = body.now + flight_s
        elif body.now >= home_at:
            body.approach()
        peer.turn(_STEP_S * speed)
        line = json.dumps(
            {"cover": body.cover, "putter": body.putter, "drone": body.drone, "charging": body.charging}
        )
        if line != shown:
            shown = line
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        time.sleep(_STEP_S)


if __name__ == "__main__":
    main()
