"""The photographs that a flight's record tells of (`mumian powerline fly`, JSON lines), as orders by our clock.

A record may hold several flights: the last one of the asked plan counts. Where camera and mission item both tell of one item,
the camera's word holds; what the camera itself reports as failed was not taken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import Wgs84
from mumian.scenarios.powerline.domain.photograph import Order

_LARGEST_BYTES = 500_000_000


class RecordUnusable(BadInput):
    """The file is no record of a flight, or of no flight of this plan."""

    code = "record_unusable"
    zh = "飞行记录 {path} 用不了：{fault}"
    en = "The flight record {path} cannot be used: {fault}"


@dataclass(frozen=True, slots=True)
class Flown:
    """One flight of a record: its id, and its orders to photograph in order of time."""

    flight: str
    orders: tuple[Order, ...]


def read(path: Path, plan_sha256: str) -> Flown:
    """The last flight of the plan with this digest. RecordUnusable says what is wrong and how to mend it.

    A line that a kill cut off, or a row that is no photograph, is passed over.
    """
    rows = _rows(path)
    flights = [n for n, row in enumerate(rows) if row.get("kind") == "flight"]
    if not flights:
        raise RecordUnusable(
            path=path, fault="it tells of no flight; give the .flight.jsonl that `fly` wrote"
        )
    ours = [n for n in flights if rows[n].get("plan_sha256") == plan_sha256]
    if not ours:
        flew = str(rows[flights[-1]].get("plan_sha256"))[:12]
        raise RecordUnusable(
            path=path,
            fault=f"it is of a plan with digest {flew}…, not {plan_sha256[:12]}…; give the plan that was flown, or its own record",
        )
    end = next((n for n in flights if n > ours[-1]), len(rows))
    orders = _orders(rows[ours[-1] + 1 : end])
    return Flown(str(rows[ours[-1]].get("flight", "")), orders)


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise RecordUnusable(path=path, fault="it is larger than 500 MB; give the record of one flight")
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError as fault:
        raise RecordUnusable(path=path, fault=f"{fault.strerror}; name a file that is there") from None
    found = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        found += [row] if isinstance(row, dict) else []
    return found


def _orders(rows: list[dict[str, Any]]) -> tuple[Order, ...]:
    photos = [row for row in rows if row.get("kind") == "photo" and not row.get("failed")]
    by_camera = {row.get("item") for row in photos if row.get("evidence") != "item"}
    found = []
    for row in photos:
        at_us = _us(row.get("time"))
        if at_us is not None and (row.get("evidence") != "item" or row.get("item") not in by_camera):
            jump_id = row.get("doJumpId")
            found.append(Order(jump_id if type(jump_id) is int else None, at_us, _place(row)))
    return tuple(sorted(found, key=lambda order: order.at_us))


def _us(value: object) -> int | None:
    try:
        stamp = datetime.fromisoformat(str(value))
        return round(stamp.timestamp() * 1e6) if stamp.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _place(row: Mapping[str, Any]) -> Wgs84 | None:
    lat, lon = row.get("lat_deg"), row.get("lon_deg")
    try:
        return Wgs84(float(lat), float(lon)) if lat is not None and lon is not None else None
    except (BadInput, TypeError, ValueError):
        return None
