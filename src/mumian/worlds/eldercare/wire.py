"""The bands' MQTT connections, one a band, all driven from one thread; with the faults that were asked for.

A band's messages go out when they are due and again every few seconds until the service's own `ack` covers them: what
the broker confirms is not counted.
"""

from __future__ import annotations

import json
import random
import selectors
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from mumian.worlds.eldercare.outbox import Outbox

AGAIN_S = 3.0
BURST = 200  # messages a band sends at most in one go
QOS = {
    "accel": 0
}  # once a second: the service's own ack covers it, the broker's would only double the traffic
BACKOFF_S = (0.2, 3.0)


@dataclass(frozen=True, slots=True)
class Credential:
    """What `mumian site load` or `mumian device add` printed for a device."""

    device: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances per message, and seconds between reconnect storms (0: none)."""

    loss: float = 0.0
    duplicates: float = 0.0
    storm_s: float = 0.0


@dataclass(slots=True)
class Counts:
    """What the world has done so far."""

    sent: int = 0
    resent: int = 0
    lost: int = 0
    duplicated: int = 0
    acknowledged: int = 0
    reconnects: int = 0


@dataclass(slots=True)
class Line:
    """One connection. `outbox` is None for the world's own, which only tells the truth."""

    credential: Credential
    outbox: Outbox
    client: paho.Client
    connected: bool = False
    retry_s: float = 0.0
    wait_s: float = BACKOFF_S[0]
    refused: str = ""


@dataclass(slots=True)
class Wires:
    """All lines of one process."""

    host: str
    port: int
    on_command: Callable[[str, Mapping[str, Any]], None]
    faults: Faults
    rng: random.Random
    tls: ssl.SSLContext | None = None
    counts: Counts = field(default_factory=Counts)
    lines: dict[str, Line] = field(default_factory=dict)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _misc_s: float = 0.0
    _storm_s: float = 0.0

    def add(self, credential: Credential, outbox: Outbox) -> None:
        """A line; it connects at the next `turn`."""
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=credential.user, clean_session=True)
        client.username_pw_set(credential.user, credential.password)
        if self.tls:
            client.tls_set_context(self.tls)
        client.max_inflight_messages_set(1000)
        line = Line(credential, outbox, client)
        client.on_connect = lambda *given: self._connected(line, given[3])
        client.on_message = lambda *given: self._arrived(line, given[2])
        client.on_socket_open = lambda _client, _data, sock: self._watch(sock, line)
        client.on_socket_close = lambda _client, _data, sock: self._unwatch(sock)
        self.lines[credential.device] = line

    def turn(self, timeout_s: float) -> None:
        """Read and write what is ready for at most `timeout_s`, then do what falls due."""
        for key, _ in self._selector.select(timeout_s):
            self._read(key.data)
        now_s = time.monotonic()
        if now_s - self._misc_s >= 0.2:
            self._misc_s = now_s
            for line in self.lines.values():
                self._look_after(line, now_s)
            self._storm(now_s)

    def _read(self, line: Line) -> None:
        """All that has come: TLS may hold back whole packets that the selector will never tell of."""
        while True:
            if line.client.loop_read(50) != paho.MQTT_ERR_SUCCESS:
                self._down(line)
                return
            sock = line.client.socket()
            if not (isinstance(sock, ssl.SSLSocket) and sock.pending()):
                return

    def send(self, device: str) -> None:
        """Send what is due of a band."""
        line = self.lines[device]
        if not line.connected:
            return
        now_s = time.monotonic()
        for seq in line.outbox.due(now_s, AGAIN_S, BURST):
            queued = line.outbox.pending[seq]
            self.counts.resent += queued.sent_s is not None
            queued.sent_s = now_s
            self._publish(line, device, queued.leaf, queued.payload(seq))

    def tell(self, topic: str, body: Mapping[str, Any], line: Line) -> None:
        """Publish without a number: the truth, over the world's own line."""
        line.client.publish(topic, json.dumps(body, ensure_ascii=False), qos=1)

    def close(self) -> None:
        """Say goodbye on every line."""
        for line in self.lines.values():
            line.client.disconnect()
            line.client.loop_write()

    def _watch(self, sock: Any, line: Line) -> None:
        self._selector.register(sock, selectors.EVENT_READ, line)

    def _unwatch(self, sock: Any) -> None:
        self._selector.unregister(sock)

    def _publish(self, line: Line, device: str, leaf: str, payload: bytes) -> None:
        topic, qos = f"mumian/{device}/{leaf}", QOS.get(leaf, 1)
        self.counts.sent += 1
        if self.faults.loss and self.rng.random() < self.faults.loss:
            self.counts.lost += 1
            return
        line.client.publish(topic, payload, qos)
        if self.faults.duplicates and self.rng.random() < self.faults.duplicates:
            self.counts.duplicated += 1
            line.client.publish(topic, payload, qos)

    def _look_after(self, line: Line, now_s: float) -> None:
        if line.client.socket() is None:
            if now_s >= line.retry_s:
                self._connect(line, now_s)
            return
        if line.client.want_write():
            line.client.loop_write()
        if line.client.loop_misc() != paho.MQTT_ERR_SUCCESS:
            self._down(line)

    def _connect(self, line: Line, now_s: float) -> None:
        line.wait_s = min(2 * line.wait_s, BACKOFF_S[1])
        line.retry_s = now_s + line.wait_s * self.rng.uniform(0.5, 1.0)
        try:
            line.client.connect(self.host, self.port, keepalive=60)
        except OSError as error:
            line.refused = str(error)

    def _connected(self, line: Line, reason: Any) -> None:
        if reason.is_failure:
            line.refused = str(reason)
            return
        line.connected, line.wait_s, line.refused = True, BACKOFF_S[0], ""
        device = line.credential.device
        line.client.subscribe([(f"mumian/{device}/command", 1), (f"mumian/{device}/ack", 1)])

    def _down(self, line: Line) -> None:
        self.counts.reconnects += line.connected
        line.connected = False
        line.outbox.forget_sending()

    def _arrived(self, line: Line, message: paho.MQTTMessage) -> None:
        try:
            body = msgspec.json.decode(message.payload)
        except msgspec.DecodeError:
            return
        if message.topic.endswith("/ack"):
            self.counts.acknowledged += line.outbox.acknowledge(int(body["seq"]))
        elif message.topic.endswith("/command"):
            self.on_command(line.credential.device, body)

    def _storm(self, now_s: float) -> None:
        """Every band drops its connection at the same moment and comes back at the same moment."""
        if not self.faults.storm_s:
            return
        if not self._storm_s:
            self._storm_s = now_s + self.faults.storm_s
        if now_s < self._storm_s:
            return
        self._storm_s = now_s + self.faults.storm_s
        for line in self.lines.values():
            if line.connected:
                line.client.disconnect()
                line.client.loop_write()
                self._down(line)
                line.retry_s = now_s
