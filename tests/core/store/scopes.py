"""Scopes for tests of store; in the product only identity's gate makes them."""

from __future__ import annotations

from mumian.core.kernel.authorised import ALWAYS, Authorised, Interval, Scope
from mumian.core.kernel.ids import DeviceId


def scope(*devices: str, **windows: tuple[Interval, ...]) -> Authorised[Scope]:
    allowed = {DeviceId(d): (ALWAYS,) for d in devices} | {DeviceId(d): w for d, w in windows.items()}
    return Authorised(Scope("test", "care", frozenset(), allowed))
