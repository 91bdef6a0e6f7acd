"""The field's protocols, turned into records. Bad input becomes `Refused` with its reason; nothing is judged here.

None is spoken yet. Devices of ours need no adapter: core hears `mumian/<device>/…` (docs/protocols/device.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mumian.core.observe.gateways import Adapter, Gateway

ADAPTERS: Mapping[str, Adapter] = {}  # foreign MQTT topics, by their first level
GATEWAY: Gateway | None = None  # a TCP port of the field's own
