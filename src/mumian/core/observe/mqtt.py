"""The service's MQTT client: every message of every device, acknowledged to the broker only after it is durable.

paho's network thread calls `on_message`; `publish`, `done` may be called from any thread.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from mumian.core.kernel.errors import BadInput
from mumian.core.observe.gateways import Topic

TOPICS = (("mumian/+/obs", 1), ("mumian/+/accel", 1), ("mumian/+/event", 1), ("mumian/+/reply", 1),
          ("zigbee2mqtt/#", 1), ("truth/#", 1))  # fmt: skip

READ_BYTES = 32_768

OnMessage = Callable[
    [str, bytes, int, tuple[int, int]], None
]  # topic, payload, received_us, token for `done`


class _Client(paho.Client):
    """paho (2.1), with a short way for what comes a thousand times a second on the thread that shares the interpreter with
    every page: it reads ahead instead of byte by byte, and hands on a PUBLISH of QoS 0 or 1 (MQTT 3.1.1) without a message
    object, a topic trie and two log lines. All else, malformed packets too, goes paho's way.
    """

    arrived: Callable[[str, bytes, int, int], None]  # topic, payload, mid, qos
    _ahead, _at, _only_ahead = b"", 0, False

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """What one read from the socket brought, to its end."""
        code = super().loop_read(max_packets)
        self._only_ahead = True
        try:
            while code == MQTTErrorCode.MQTT_ERR_SUCCESS and self._at < len(self._ahead):
                code = super().loop_read(max_packets)
        finally:
            self._only_ahead = False
        return code

    def _create_socket(self) -> Any:
        self._ahead, self._at = b"", 0
        return super()._create_socket()

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._at >= len(self._ahead):
            if self._only_ahead:
                raise BlockingIOError
            self._ahead, self._at = super()._sock_recv(READ_BYTES), 0
        piece = self._ahead[self._at : self._at + bufsize]
        self._at += len(piece)
        return piece

    def _handle_publish(self) -> MQTTErrorCode:
        packet, qos = self._in_packet["packet"], (self._in_packet["command"] & 0x06) >> 1
        end = 2 + int.from_bytes(packet[:2])
        start = end + 2 if qos else end
        if qos > 1 or len(packet) < start:
            return super()._handle_publish()
        try:
            topic = packet[2:end].decode("utf-8")
        except UnicodeDecodeError:
            return super()._handle_publish()
        self.arrived(topic, bytes(packet[start:]), int.from_bytes(packet[end:start]), qos)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


class Subscriber:
    """Connects, reconnects with jitter, subscribes. `connected` says whether the broker answers now."""

    def __init__(
        self,
        url: str,
        on_message: OnMessage,
        client_id: str,
        *,
        insecure_tls: bool = False,
        topics: Sequence[Topic] = (),
    ) -> None:
        self._url = urlsplit(url)
        if self._url.scheme not in ("mqtt", "mqtts") or not self._url.hostname:
            raise BadInput(detail=f"MUMIAN_MQTT_URL {url!r}: mqtt://user:password@host:port is meant")
        self._on_message = on_message
        self._topics = [*TOPICS, *((topic.of("+"), 1) for topic in topics if topic.who == "write")]
        self._client = _Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=True,
            reconnect_on_failure=True,
        )  # fmt: skip
        if self._url.username:
            self._client.username_pw_set(unquote(self._url.username), unquote(self._url.password or ""))
        if self._url.scheme == "mqtts":
            self._client.tls_set(cert_reqs=ssl.CERT_NONE if insecure_tls else ssl.CERT_REQUIRED)
            self._client.tls_insecure_set(insecure_tls)
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(2000)
        self._client.reconnect_delay_set(1, 5)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._lost
        self._client.on_message = self._unusual
        self._client.arrived = self._arrived
        self.connected = False
        self.since = time.monotonic()

    def start(self) -> None:
        """Begin in the background; a broker that is not there yet is tried again."""
        port = self._url.port or (8883 if self._url.scheme == "mqtts" else 1883)
        self._client.connect_async(self._url.hostname or "", port, keepalive=30)
        self._client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes, qos: int = 1) -> None:
        """Send; queued while the broker is away."""
        self._client.publish(topic, payload, qos)

    def done(self, token: tuple[int, int]) -> None:
        """The message behind `token` is durable: the broker may forget it."""
        if token[1]:
            self._client.ack(*token)

    def _connected(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            return
        client.subscribe(self._topics)
        self.connected, self.since = True, time.monotonic()

    def _lost(self, *_: Any) -> None:
        self.connected, self.since = False, time.monotonic()

    def _arrived(self, topic: str, payload: bytes, mid: int, qos: int) -> None:
        self._on_message(topic, payload, time.time_ns() // 1000, (mid, qos))

    def _unusual(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self._arrived(message.topic, bytes(message.payload), message.mid, message.qos)
