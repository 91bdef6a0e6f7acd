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
from paho.mqtt.enums import CallbackAPIVersion

from mumian.core.kernel.errors import BadInput
from mumian.core.observe.gateways import Topic

TOPICS = (("mumian/+/obs", 1), ("mumian/+/accel", 1), ("mumian/+/event", 1), ("mumian/+/reply", 1),
          ("zigbee2mqtt/#", 1), ("truth/#", 1))  # fmt: skip

OnMessage = Callable[
    [str, bytes, int, tuple[int, int]], None
]  # topic, payload, received_us, token for `done`


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
        self._client = paho.Client(
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
        self._client.on_message = self._arrived
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

    def _arrived(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self._on_message(
            message.topic, bytes(message.payload), time.time_ns() // 1000, (message.mid, message.qos)
        )
