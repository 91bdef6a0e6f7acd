"""A small home for the tests of registry and identity: two floors, three residents, staff of every role."""

from __future__ import annotations

import copy
from typing import Any

from mumian.core import registry
from mumian.core.kernel.clock import ManualClock, iso
from mumian.core.registry import site

NOW_US = ManualClock().now_us()
HOUR_US = 3_600_000_000
LONG_AGO = iso(NOW_US - 1000 * HOUR_US)
AN_HOUR_AGO = iso(NOW_US - HOUR_US)
IN_AN_HOUR = iso(NOW_US + HOUR_US)

SMALL: dict[str, Any] = {
    "site": {"id": "kapok", "name": "木棉养老院"},
    "places": [
        {"id": "B1", "kind": "bed", "name": "101-1", "parent": "R101"},  # children before parents, on purpose
        {"id": "B2", "kind": "bed", "name": "101-2", "parent": "R101"},
        {"id": "B3", "kind": "bed", "name": "201-1", "parent": "R201"},
        {"id": "R101", "kind": "room", "name": "101 房", "parent": "F1"},
        {"id": "R201", "kind": "room", "name": "201 房", "parent": "F2"},
        {"id": "hall", "kind": "zone", "name": "走廊", "parent": "F1"},
        {"id": "F1", "kind": "floor", "name": "一楼", "parent": "H"},
        {"id": "F2", "kind": "floor", "name": "二楼", "parent": "H"},
        {"id": "H", "kind": "building", "name": "主楼", "parent": None},
    ],
    "people": [
        {
            "id": "wang",
            "name": "王秀英",
            "born": "1938-02-11",
            "bed": "B1",
            "care_level": 5,
            "consents": [
                {"purpose": "care", "from": LONG_AGO, "until": None},
                {"purpose": "monitoring", "from": LONG_AGO},
            ],
        },
        {
            "id": "li",
            "name": "李国强",
            "born": "1942-09-30",
            "bed": "B2",
            "care_level": 2,
            "consents": [{"purpose": "care", "from": LONG_AGO}, {"purpose": "research", "from": LONG_AGO}],
        },
        {"id": "chen", "name": "陈玉", "born": None, "bed": "B3", "care_level": 3, "consents": [
            {"purpose": "monitoring", "from": LONG_AGO}]},
    ],
    "staff": [
        {"id": "d1", "name": "院长", "role": "director", "floors": []},
        {"id": "n1", "name": "护士甲", "role": "nurse", "floors": []},
        {"id": "n2", "name": "护士乙", "role": "nurse", "floors": ["F2"]},
        {"id": "c1", "name": "护理员甲", "role": "caregiver", "floors": ["F1"]},
        {"id": "c2", "name": "护理员乙", "role": "caregiver", "floors": ["F1", "F2"]},
        {"id": "c0", "name": "护理员丙", "role": "caregiver", "floors": []},
        {"id": "a1", "name": "审计", "role": "auditor", "floors": []},
        {"id": "m1", "name": "管理员", "role": "admin", "floors": []},
    ],
    "shifts": [
        {"staff": s, "from": AN_HOUR_AGO, "until": IN_AN_HOUR} for s in ("n1", "n2", "c1", "c2", "c0", "d1")
    ],
    "devices": [
        {"id": "band-1", "kind": "band", "place": None, "origin": "replay"},
        {"id": "band-2", "kind": "band", "place": None, "origin": "replay"},
        {"id": "band-3", "kind": "band", "place": None, "origin": "simulation"},
        {"id": "band-9", "kind": "band", "place": "R201", "origin": "replay"},
        {"id": "motion-1", "kind": "motion", "place": "R101", "origin": "field"},
        {"id": "motion-h", "kind": "motion", "place": "hall", "origin": "field"},
        {"id": "bed-1", "kind": "bed", "place": "B1", "origin": "field"},
    ],
    "assignments": [
        {"device": "band-1", "person": "wang", "from": LONG_AGO, "until": None},
        {"device": "band-2", "person": "li", "from": LONG_AGO},
        {"device": "band-3", "person": "chen", "from": LONG_AGO},
    ],
}  # fmt: skip


def small() -> dict[str, Any]:
    """A copy to spoil."""
    return copy.deepcopy(SMALL)


def load(store: Any, doc: dict[str, Any] | None = None) -> site.Changes:
    return site.load(store, small() if doc is None else doc)


def stands(store: Any) -> Any:
    """Everything that stands in the register, comparable."""
    with store.tx() as cur:
        return registry.rows.read(cur)
