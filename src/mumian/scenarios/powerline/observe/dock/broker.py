"""Where the home's broker answers the house: its own mosquitto, or the one of MUMIAN_MQTT_URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from mumian.core.kernel.errors import Unavailable
from mumian.core.observe import broker as brokers

if TYPE_CHECKING:
    from mumian.core.kernel.settings import Settings


def url(settings: Settings) -> tuple[str, bool]:
    """(address with user and password, whether its certificate is our own and therefore not checked).

    Raises Unavailable while the home's own broker does not run.
    """
    if settings.mqtt_url:
        return settings.mqtt_url, False
    found = brokers.address(settings.home)
    if found is None:
        raise Unavailable(part="mosquitto", detail="the home's broker does not run")
    word = quote(brokers.own_passwords(settings.home)[brokers.SERVICE], safe="")
    return found.url.replace("://", f"://{brokers.SERVICE}:{word}@"), True
