"""Which photographs were taken, where and when, and on whose word: the camera's, or only the mission item's.

CAMERA_IMAGE_CAPTURED and CAMERA_FEEDBACK carry the position; CAMERA_TRIGGER only a time. Times are moved from the vehicle's
boot clock to ours, so that a wrong calendar on board does not part a photograph from its position.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mumian.scenarios.powerline.act.flight.items import CAMERA_COMMANDS, Item
from mumian.scenarios.powerline.observe.mavlink.codec import Message
from mumian.scenarios.powerline.observe.mavlink.vehicle import Position

MESSAGES = ("CAMERA_IMAGE_CAPTURED", "CAMERA_FEEDBACK", "CAMERA_TRIGGER")
_TRACK_KEPT, _UNIX_US = 600, 1_000_000_000_000_000
_WINDOW = 120


@dataclass
class BootClock:
    """The vehicle's milliseconds since start → our microseconds: the quickest of the last messages sets the offset."""

    _offsets: deque[int] = field(default_factory=lambda: deque(maxlen=_WINDOW))

    def heard(self, boot_ms: int, now_us: int) -> None:
        offset = now_us - boot_ms * 1000
        if self._offsets and abs(offset - min(self._offsets)) > 60_000_000:
            self._offsets.clear()  # it started anew
        self._offsets.append(offset)

    def ours_us(self, boot_ms: int, one_way_us: float = 0.0) -> int | None:
        """When it was `boot_ms` on board, by our clock; None before any message told."""
        return round(boot_ms * 1000 + min(self._offsets) - one_way_us) if self._offsets else None


@dataclass
class Photos:
    """The shots of one mission: `wanted` items, and what came for each."""

    items: tuple[Item, ...]
    wanted: tuple[int, ...]
    jump_ids: Mapping[int, int] = field(
        default_factory=dict
    )  # item → the plan's doJumpId, by which its shots are known
    taken: dict[int, str] = field(default_factory=dict)  # item → evidence
    count: int = 0
    _track: deque[Position] = field(default_factory=lambda: deque(maxlen=_TRACK_KEPT))
    _seen: set[tuple[str, int]] = field(default_factory=set)

    def moved(self, at: Position) -> None:
        self._track.append(at)

    def captured(self, message: Message, done: int, unix_minus_boot_us: int | None) -> dict[str, Any] | None:
        """One camera message as a row of the record; None for a repetition. `done`: the furthest item flown."""
        name = message.get_type()
        key = (name, _index(message))
        if key in self._seen:
            return None
        self._seen.add(key)
        self.count += 1
        if not _succeeded(message):
            return {"evidence": name, "index": key[1], "failed": True, "item": None}
        item = self._item(done)
        if item is not None and item in self.wanted:
            self.taken[item] = name
        return {
            "evidence": name,
            "index": key[1],
            "item": item,
            "doJumpId": self.jump_id(item),
            **self._place(message, unix_minus_boot_us),
        }

    def jump_id(self, item: int | None) -> int | None:
        """What the plan calls the item; None for none."""
        return None if item is None else self.jump_ids.get(item)

    def passed(self, seq: int) -> bool:
        """An item that photographs is over; whether that is the only evidence (the camera said nothing yet)."""
        if seq not in self.wanted or seq in self.taken:
            return False
        self.taken[seq] = "item"
        return True

    def recalled(self, row: dict[str, Any]) -> None:
        """A photograph that stands in the record already."""
        evidence, item = str(row.get("evidence")), row.get("item")
        if isinstance(row.get("index"), int):
            self._seen.add((evidence, row["index"]))
            self.count += 1
        if isinstance(item, int) and item in self.wanted and self.taken.get(item, "item") == "item":
            self.taken[item] = evidence

    @property
    def missing(self) -> list[int]:
        return [seq for seq in self.wanted if seq not in self.taken]

    def _item(self, done: int) -> int | None:
        """The first photographing item without a word of the camera, no further than what is being flown."""
        upto = self._next_move(done)
        for seq in self.wanted:
            if seq <= upto and self.taken.get(seq, "item") == "item" and self.items[seq].command != 206:
                return seq
        by_distance = [seq for seq in self.wanted if seq <= upto and self.items[seq].command == 206]
        return by_distance[-1] if by_distance else None

    def _next_move(self, done: int) -> int:
        """Orders that follow the item just flown are carried out with it."""
        seq = done + 1
        while seq < len(self.items) and self.items[seq].command >= 95:
            seq += 1
        return seq - 1

    def _place(self, message: Message, unix_minus_boot_us: int | None) -> dict[str, Any]:
        boot_ms = _boot_ms(message, unix_minus_boot_us)
        if message.get_type() != "CAMERA_TRIGGER":
            lat, lon = (message.lat, message.lon) if hasattr(message, "lon") else (message.lat, message.lng)
            if lat or lon:
                above, amsl = (message.relative_alt / 1e3, message.alt / 1e3) if hasattr(message, "relative_alt") else (
                    message.alt_rel, message.alt_msl)  # fmt: skip
                return {"boot_ms": boot_ms, "lat_deg": lat / 1e7, "lon_deg": lon / 1e7, "above_home_m": round(above, 3),
                        "amsl_m": round(amsl, 3)}  # fmt: skip
        at = self._nearest(boot_ms)
        if at is None:
            return {"boot_ms": boot_ms}
        return {
            "boot_ms": boot_ms,
            "lat_deg": at.lat_deg,
            "lon_deg": at.lon_deg,
            "above_home_m": at.above_home_m,
            "amsl_m": at.amsl_m,
        }

    def _nearest(self, boot_ms: int | None) -> Position | None:
        if not self._track:
            return None
        return (
            self._track[-1] if boot_ms is None else min(self._track, key=lambda at: abs(at.boot_ms - boot_ms))
        )


def wanted_of(items: tuple[Item, ...]) -> tuple[int, ...]:
    """Items that photograph; 206 with distance 0 is the order to stop."""
    return tuple(
        n for n, item in enumerate(items)
        if item.command in CAMERA_COMMANDS and not (item.command == 206 and not item.params[0] > 0)
    )  # fmt: skip


def _index(message: Message) -> int:
    name = message.get_type()
    return int(
        message.image_index
        if name == "CAMERA_IMAGE_CAPTURED"
        else message.img_idx
        if name == "CAMERA_FEEDBACK"
        else message.seq
    )


def _succeeded(message: Message) -> bool:
    made: bool = message.get_type() != "CAMERA_IMAGE_CAPTURED" or message.capture_result == 1
    return made


def _boot_ms(message: Message, unix_minus_boot_us: int | None) -> int | None:
    if message.get_type() == "CAMERA_IMAGE_CAPTURED":
        return int(message.time_boot_ms)
    stamp_us = int(message.time_usec)
    if stamp_us < _UNIX_US:
        return stamp_us // 1000
    return None if unix_minus_boot_us is None else (stamp_us - unix_minus_boot_us) // 1000
