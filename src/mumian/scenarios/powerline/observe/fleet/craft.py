"""What the watch knows of one vehicle: its state, its texts, its track and its photographs, and what of it is worth keeping."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mumian.core.kernel.geo import Wgs84, distance_m
from mumian.scenarios.powerline.observe.fleet.sources import Source
from mumian.scenarios.powerline.observe.mavlink.codec import Message
from mumian.scenarios.powerline.observe.mavlink.link import Link
from mumian.scenarios.powerline.observe.mavlink.modes import doing
from mumian.scenarios.powerline.observe.mavlink.texts import Texts
from mumian.scenarios.powerline.observe.mavlink.vehicle import CRITICAL, Vehicle

SILENT_S = 3.0  # three heartbeats: what was last heard is shown as old from then on
_TEXTS_KEPT, _TRACK_KEPT, _PHOTOS_KEPT = 60, 1200, 600
_TRACK_STEP_M = 2.0
_WARNING = 4  # MAV_SEVERITY
Happening = tuple[str, dict[str, Any]]


@dataclass
class Craft:
    """One vehicle of one source. Times are our own clock's, in microseconds; `heard` folds a message in."""

    source: Source
    link: Link
    vehicle: Vehicle
    heard_us: int = 0
    placed_us: int = 0  # of the newest position
    silent: bool = False
    texts: deque[tuple[int, int, str]] = field(default_factory=lambda: deque(maxlen=_TEXTS_KEPT))
    track: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_TRACK_KEPT))
    photos: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_PHOTOS_KEPT))
    lease: dict[str, Any] | None = None
    _parts: Texts = field(default_factory=Texts)

    @property
    def key(self) -> str:
        """Its address in pages: source and system."""
        return f"{self.source.number}-{self.vehicle.system}"

    @property
    def name(self) -> str:
        """What leases and events call it: the same words as `mumian powerline fly` uses for this address."""
        return f"{self.source.endpoint} system {self.vehicle.system}"

    def heard(self, message: Message, now_us: int) -> Iterator[Happening]:
        """Fold a message in; yields what is worth keeping."""
        vehicle, kind = self.vehicle, message.get_type()
        mode, armed = vehicle.mode, vehicle.armed
        vehicle.heard(message)
        self.heard_us = now_us
        if self.silent:
            self.silent = False
            yield "link back", {}
        if kind == "GLOBAL_POSITION_INT":
            self._moved(now_us)
        elif kind == "HEARTBEAT" and vehicle.is_from(message):
            if vehicle.mode != mode:
                yield "mode", {"mode": vehicle.mode, "was": mode}
            if vehicle.armed != armed:
                yield "armed" if vehicle.armed else "disarmed", {"mode": vehicle.mode}
        elif kind == "STATUSTEXT":
            if text := self._parts.whole(message):
                self.texts.append((now_us, message.severity, text))
                if message.severity <= _WARNING:
                    yield "text", {"severity": message.severity, "text": text}
        elif kind in ("CAMERA_IMAGE_CAPTURED", "CAMERA_FEEDBACK", "CAMERA_TRIGGER") and vehicle.position:
            self.photos.append((vehicle.position.lon_deg, vehicle.position.lat_deg))

    def look(self, now_us: int) -> Iterator[Happening]:
        """Whether it has fallen silent since the last look."""
        if not self.silent and now_us - self.heard_us > SILENT_S * 1e6:
            self.silent = True
            yield "link lost", {"seconds": SILENT_S}

    def state(self) -> dict[str, Any]:
        """What changes all the time, for the page."""
        vehicle, quality = self.vehicle, self.link.quality
        at, trip = vehicle.position, quality.round_trips.get(vehicle.system)
        loss = quality.loss_of(vehicle.system)
        row: dict[str, Any] = {
            "key": self.key, "system": vehicle.system, "source": str(self.source.endpoint), "origin": self.source.origin,
            "mode": vehicle.mode, "doing": doing(vehicle.mode), "is_critical": vehicle.status >= CRITICAL, "armed": vehicle.armed, "battery_percent": vehicle.battery_percent,
            "heard_us": self.heard_us, "silent": self.silent, "loss": None if loss is None else round(loss, 4),
            "round_trip_ms": None if trip is None or trip.last_us is None else round(trip.last_us / 1000, 1),
            "item": vehicle.current, "items": vehicle.count, "lease": self.lease,
        }  # fmt: skip
        if at is not None:
            row |= {
                "lon": round(at.lon_deg, 7), "lat": round(at.lat_deg, 7), "above_home_m": round(at.above_home_m, 1),
                "speed_mps": round(at.speed_mps, 1), "climb_mps": round(at.climb_mps, 1), "heading_deg": at.heading_deg,
                "placed_us": self.placed_us, "boot_ms": at.boot_ms,
            }  # fmt: skip
        return row

    def _moved(self, now_us: int) -> None:
        at = self.vehicle.position
        if at is None:
            return
        self.placed_us = now_us
        place = (round(at.lon_deg, 6), round(at.lat_deg, 6))
        if (
            not self.track
            or distance_m(Wgs84(self.track[-1][1], self.track[-1][0]), Wgs84(place[1], place[0]))
            >= _TRACK_STEP_M
        ):
            self.track.append(place)
