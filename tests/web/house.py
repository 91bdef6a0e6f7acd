"""A stand-in house and a stand-in service for the tests of the web: two pages, two actions, and live parts that obey."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mumian.core.decide import alarms
from mumian.core.identity import gate
from mumian.core.kernel.clock import iso
from mumian.core.kernel.errors import BadInput
from mumian.core.scenario import Action, Page, Redirect, Scenario, Visit

FOLDER = Path(__file__).parent


def station(visit: Visit) -> Mapping[str, object]:
    found = alarms.read(visit.store, gate.scope(visit.store, visit.principal))
    return {"alarms": found, "asked": visit.query.get("q", "")}


def card(visit: Visit) -> Mapping[str, object]:
    return {"who": visit.params["person"]}


def admit(visit: Visit) -> Redirect | Mapping[str, object]:
    if not visit.field("name"):
        raise BadInput(detail="name is missing")
    if visit.field("name") == "secret":
        return {"credentials": "shown once"}
    return Redirect("/stand/station", f"收下了{visit.field('name')}")


LARGEST = 2_000_000


def upload(visit: Visit) -> Redirect | Mapping[str, object]:
    one = visit.files.get("file")
    if one is None:
        raise BadInput(detail="no file")
    return {"name": one.name, "bytes": len(one.data), "sum": sum(one.data), "csrf": bool(visit.field("csrf"))}


def broken(visit: Visit) -> Mapping[str, object]:
    raise RuntimeError("a fault of our own")


PAGES = (
    Page(
        "/stand/station",
        "stand/station.html",
        "station.read",
        station,
        {"zh": "护理站", "en": "Nurse station"},
        "i-watch",
        nav=True,
    ),
    Page(
        "/stand/admission",
        "stand/admission.html",
        "admission.write",
        lambda _: {},
        {"zh": "入住", "en": "Admission"},
        "i-bed",
        nav=True,
    ),
    Page(
        "/stand/residents/{person}",
        "stand/card.html",
        "person.read",
        card,
        {"zh": "老人卡", "en": "Resident"},
    ),
    Page("/stand/broken", "stand/card.html", "station.read", broken, {"zh": "坏了", "en": "Broken"}),
)
ACTIONS = (
    Action("/stand/admission", "admission.write", admit),
    Action("/stand/admission/again", "admission.write", admit),
    Action("/stand/upload", "admission.write", upload, LARGEST),
)
HOUSE = Scenario(name="stand", title={"zh": "站"}, clause="", folder=FOLDER, pages=PAGES, actions=ACTIONS)


class StandIn:
    """`Live` as a test wants it."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self.posts: Mapping[str, Any] = {}
        self.parts: dict[str, dict[str, Any]] = {"postgres": {"ok": True}, "broker": {"ok": True}}
        self.taken: list[Any] = []

    def health(self) -> Mapping[str, Mapping[str, Any]]:
        return self.parts

    async def ingest(self, observations: list[Any], received_us: int) -> Mapping[str, Any]:
        self.taken += observations
        bad = [i for i, o in enumerate(observations) if o.device == "unknown"]
        quarantined = [{"index": i, "reason": "unknown_device", "message": "not registered"} for i in bad]
        return {"accepted": len(observations) - len(bad), "duplicate": 0, "quarantined": quarantined}

    async def wait_transition(self, after: int) -> None:
        await asyncio.sleep(0.05)

    def metrics_text(self) -> str:
        return "mumian_part_up 1\n"


def parts(visit: Visit) -> Mapping[str, object]:
    now_us = visit.clock.now_us()

    def alarm(number: int, priority: str, state: str, ago_s: int) -> dict[str, Any]:
        at = iso(now_us - ago_s * 1_000_000)
        return {
            "id": f"A-{number}", "priority": priority, "state": state, "person": "wang", "origin": "field", "event_time": at,
            "reason": {"zh": "不动 47 秒，手环 15 秒无应答", "en": "No movement for 47 s"}, "shelved_until": iso(now_us + 3_600_000_000),
        }  # fmt: skip

    steps = [
        {"name": "手环", "state": "done"},
        {"name": "何 护理员", "state": "now", "from_us": now_us - 20_000_000, "due_us": now_us + 40_000_000},
        {"name": "李 护士", "state": "next"}, {"name": "主任", "state": "next"},
    ]  # fmt: skip
    said = {"room": "312", "name": "陈婆婆", "what": "疑似跌倒，卫生间门口"}
    high = [
        {
            "alarm": alarm(1, "high", "new", 47),
            "said": said | {"steps": steps, "selected": True, "waits": "何还剩 40 秒"},
        }
    ]
    medium = [
        {"alarm": alarm(2, "medium", "new", 22), "said": said | {"what": "心率 128"}},
        {
            "alarm": alarm(3, "medium", "acknowledged", 370),
            "said": said | {"owner": "梁护士", "href": "/stand/residents/wang"},
        },
        {"alarm": alarm(4, "medium", "returned", 4000), "said": said},
    ]
    low = [{"alarm": alarm(5, "low", "shelved", 90_000), "said": said | {"owner": "李护士"}}]
    groups = [{"priority": p, "rows": rows} for p, rows in (("high", high), ("medium", medium), ("low", low))]
    figure = {"name": "跌倒召回", "value": 0.952, "lower": 0.923, "upper": 0.973, "goal": 0.92, "sense": ">=", "n": 250,
              "origin": "replay", "digest": "8d06aa22bb5595bc", "verdict": "demonstrated", "unit": ""}  # fmt: skip
    thin = figure | {
        "name": "缺陷识别率",
        "value": 1.0,
        "lower": 0.93,
        "upper": 1.0,
        "goal": 0.95,
        "n": 41,
        "origin": "field",
        "verdict": "thin",
    }
    return {"groups": groups, "figures": [figure, thin]}


PARTS = Page(
    "/stand/parts",
    "stand/parts.html",
    "station.read",
    parts,
    {"zh": "部件", "en": "Parts"},
    "i-doc",
    nav=True,
)
HOUSE = replace(HOUSE, pages=(*PAGES, PARTS))
