"""An unattended dock (机巢): what it is doing, which orders its state forbids, and what must never be. Frozen, no I/O.

Method names are those of the DJI Cloud API's remote debugging and wayline services; the interlocks are house policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

Part = Literal["closed", "moving", "open", "abnormal"]
Place = Literal["in", "rising", "away", "approaching", "landing", "diverted"]
PARTS: tuple[Part, ...] = ("closed", "open", "moving", "abnormal")  # by their number in osd
PLACES: tuple[Place, ...] = ("in", "rising", "away", "approaching", "landing", "diverted")

WIND_LIMIT_MPS = 12.0  # the multirotor's limit of the handbook's fault matrix
FLIGHT_PERCENT = 30.0  # below the reserve nothing takes off; house policy


@dataclass(frozen=True, slots=True)
class Dock:
    """One dock at one instant. `battery_percent` is that of the drone, as the dock last heard it."""

    cover: Part = "closed"
    putter: Part = "closed"  # centres and holds the drone; its contacts charge it
    drone: Place = "in"
    powered: bool = False
    charging: bool = False
    battery_percent: float = 60.0
    wind_mps: float = 0.0
    rain: bool = False
    temperature_c: float = 25.0
    faults: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Interlock:
    """`holds` for a dock forbids each of `orders`."""

    name: str
    orders: tuple[str, ...]
    holds: Callable[[Dock], bool]
    zh: str
    en: str


ORDERS = ("cover_open", "cover_close", "putter_open", "putter_close", "drone_open", "drone_close",
          "charge_open", "charge_close", "flighttask_execute")  # fmt: skip
TITLES = {"cover_open": "开舱盖", "cover_close": "关舱盖", "putter_open": "松推杆", "putter_close": "夹推杆", "drone_open": "无人机上电",
          "drone_close": "无人机断电", "charge_open": "充电", "charge_close": "停充", "flighttask_execute": "起飞", "cycle": "无人值守循环"}  # fmt: skip
_PASSING = ("rising", "approaching", "landing")

INTERLOCKS = (
    Interlock("drone_passing", ("cover_close", "putter_close"), lambda d: d.drone in _PASSING,
              "无人机正在起降，舱盖和推杆不得合上", "the drone is passing: cover and putter stay open"),
    Interlock("drone_loose", ("cover_close",), lambda d: d.drone == "in" and d.putter != "closed",
              "无人机尚未被推杆固定", "the drone is not held by the putter yet"),
    Interlock("charging", ("cover_open", "putter_open", "drone_open"), lambda d: d.charging,
              "正在充电，先停充", "it is charging: stop that first"),
    Interlock("rain", ("cover_open", "flighttask_execute"), lambda d: d.rain and d.drone == "in",
              "有雨，不开舱起飞", "rain: no opening for a take-off"),
    Interlock("cover_shut", ("putter_open", "flighttask_execute"), lambda d: d.cover != "open",
              "舱盖未全开", "the cover is not fully open"),
    Interlock("cover_not_shut", ("charge_open",), lambda d: d.cover != "closed",
              "舱盖未关，不充电", "the cover is not shut: no charging"),
    Interlock("not_seated", ("charge_open",), lambda d: d.drone != "in" or d.putter != "closed",
              "无人机未到位，不充电", "no drone held by the putter: nothing to charge"),
    Interlock("held", ("flighttask_execute",), lambda d: d.putter != "open",
              "推杆未松开", "the putter still holds the drone"),
    Interlock("no_drone", ("flighttask_execute", "drone_open", "drone_close"), lambda d: d.drone != "in",
              "无人机不在舱内", "the drone is not in the dock"),
    Interlock("unpowered", ("flighttask_execute",), lambda d: not d.powered,
              "无人机未上电", "the drone is not powered"),
    Interlock("wind", ("flighttask_execute",), lambda d: d.wind_mps > WIND_LIMIT_MPS,
              "风速超限", "the wind is above the limit"),
    Interlock("battery", ("flighttask_execute",), lambda d: d.battery_percent < FLIGHT_PERCENT,
              "电量不足", "the battery is below the reserve"),
    Interlock("fault", ("flighttask_execute",), lambda d: bool(d.faults),
              "机巢有故障，不起飞", "the dock has a fault: no take-off"),
)  # fmt: skip


def forbids(dock: Dock, order: str) -> Interlock | None:
    """The first interlock that forbids `order` now; None where it is allowed."""
    return next((lock for lock in INTERLOCKS if order in lock.orders and lock.holds(dock)), None)


_STANDS: dict[str, Callable[[Dock], bool]] = {
    "cover_open": lambda d: d.cover in ("open", "moving"), "cover_close": lambda d: d.cover in ("closed", "moving"),
    "putter_open": lambda d: d.putter in ("open", "moving"), "putter_close": lambda d: d.putter in ("closed", "moving"),
    "drone_open": lambda d: d.powered, "drone_close": lambda d: not d.powered,
    "charge_open": lambda d: d.charging, "charge_close": lambda d: not d.charging,
    "flighttask_execute": lambda d: d.drone in ("rising", "away"),
}  # fmt: skip


def sensible(dock: Dock) -> tuple[str, ...]:
    """Orders that would change something: what stands as ordered, or moves just now, needs no order."""
    return tuple(order for order in ORDERS if not _STANDS[order](dock))


def forbids_cycle(dock: Dock) -> Interlock | None:
    """What forbids a whole cycle now, steps that the cycle itself takes (stop charging, open, power on) counted as taken."""
    ready = replace(dock, charging=False, cover="open", putter="open", powered=True)
    return forbids(ready, "flighttask_execute") or forbids(replace(dock, charging=False), "cover_open")


def unsafe(dock: Dock) -> str:
    """What must never be and is: empty for a safe state. Independent of the interlocks, so that tests may hold both together."""
    if dock.drone in ("rising", "landing") and dock.cover != "open":
        return "the drone passes a cover that is not open"
    if dock.drone in ("rising", "landing") and dock.putter != "open":
        return "the drone passes a putter that is not open"
    if dock.charging and (dock.drone != "in" or dock.putter != "closed" or dock.cover != "closed"):
        return "it charges what is not held under a shut cover"
    return ""
