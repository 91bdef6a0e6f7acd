"""One connection to the broker, over TCP or TLS: `mqtt://user:password@host:port`, or `mqtts://…` as the service's own.

paho's thread hands in what arrives. The certificate of `mqtts` is checked against the system's authorities (or those of
SSL_CERT_FILE), unless the broker is the home's own, which shows a certificate that nobody signed.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from mumian.core.kernel.errors import BadInput, Unavailable

PORTS = {"mqtt": 1883, "mqtts": 8883}
KEEPALIVE_S, WAIT_S = 15, 5.0


class Link:
    """Subscribes to `topics` whenever it is connected. `connected` says whether the broker answers now."""

    def __init__(
        self,
        url: str,
        topics: Sequence[str],
        on_message: Callable[[str, bytes], None],
        *,
        insecure_tls: bool = False,
    ) -> None:
        """BadInput for an address that is none."""
        self._url, self.connected, self._refused, self._told = address(url), False, "", Event()
        self._topics = [(topic, 1) for topic in topics]
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 5)
        if self._url.username:
            self._client.username_pw_set(unquote(self._url.username), unquote(self._url.password or ""))
        if self._url.scheme == "mqtts":
            self._client.tls_set(cert_reqs=ssl.CERT_NONE if insecure_tls else ssl.CERT_REQUIRED)
            self._client.tls_insecure_set(insecure_tls)
        self._client.on_connect, self._client.on_disconnect = self._connected, self._lost
        self._client.on_subscribe = lambda *_: self._told.set()
        self._client.on_message = lambda _c, _d, message: self._heard(message, on_message)

    @staticmethod
    def _heard(message: Any, on_message: Callable[[str, bytes], None]) -> None:
        """What a broker has retained is how a dock stood once, not how it stands: it is not heard."""
        if not message.retain:
            on_message(message.topic, bytes(message.payload))

    @property
    def _at(self) -> tuple[str, int]:
        return self._url.hostname or "", self._url.port or PORTS[self._url.scheme]

    def start(self) -> None:
        """Connect, and return once replies would be heard. Unavailable where no broker answers, or one of us refuses the other."""
        try:
            self._client.connect(*self._at, keepalive=KEEPALIVE_S)
        except OSError as fault:
            raise Unavailable(part=self._url.hostname, detail=str(fault)) from None
        self._client.loop_start()
        if not self._told.wait(WAIT_S) or self._refused:
            raise Unavailable(part=self._url.hostname, detail=self._refused or "the broker does not answer")

    def start_later(self) -> None:
        """Begin in the background; a broker that is not there yet is tried again."""
        self._client.connect_async(*self._at, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: str) -> None:
        self._client.publish(topic, payload, 1)

    def _connected(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refused = f"the broker refuses: {reason}"
            self._told.set()
            return
        client.subscribe(self._topics)
        self.connected = True

    def _lost(self, *_: Any) -> None:
        self.connected = False


def address(url: str) -> SplitResult:
    """The parts of a broker's address; BadInput where it is none."""
    split = urlsplit(url)
    try:
        known = split.scheme in PORTS and bool(split.hostname) and split.port != 0
    except ValueError:  # a port that is no number
        known = False
    if not known:
        raise BadInput(
            detail=f"address {url!r}: mqtt://user:password@host:port, or mqtts://… over TLS, is meant"
        )
    return split
