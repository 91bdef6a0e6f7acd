"""Homes for tests, as SITE.json documents."""

from __future__ import annotations

from typing import Any

SINCE, UNTIL = "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z"
CONSENTS = [{"purpose": purpose, "from": SINCE, "until": None} for purpose in ("care", "monitoring")]


def small_home(bands: int = 2, origin: str = "field") -> dict[str, Any]:
    """One floor, one resident and band a bed, two caregivers, a nurse and a director who are always on shift."""
    beds = [f"r{i}-1" for i in range(1, bands + 1)]
    people = [
        {
            "id": f"p{i}",
            "name": f"老人{i}",
            "born": "1942-03-01",
            "bed": bed,
            "care_level": 3,
            "consents": [dict(consent) for consent in CONSENTS],
        }
        for i, bed in enumerate(beds, 1)
    ]
    staff = [("c1", "何护理员", "caregiver", ["f3"]), ("c2", "杨护理员", "caregiver", ["f3"]),
             ("n1", "李护士", "nurse", ["f3"]), ("d1", "周主任", "director", [])]  # fmt: skip
    return {
        "site": {"id": "home", "name": "荔湾一院"},
        "places": [
            {"id": "b1", "kind": "building", "name": "一号楼", "parent": None},
            {"id": "f3", "kind": "floor", "name": "三楼", "parent": "b1"},
            *(
                {"id": f"r{i}", "kind": "room", "name": f"3{i:02d}", "parent": "f3"}
                for i in range(1, bands + 1)
            ),
            *({"id": bed, "kind": "bed", "name": bed, "parent": bed.split("-")[0]} for bed in beds),
        ],
        "people": people,
        "staff": [
            {"id": id, "name": name, "role": role, "floors": floors} for id, name, role, floors in staff
        ],
        "shifts": [{"staff": id, "from": SINCE, "until": UNTIL} for id, *_ in staff],
        "devices": [
            {"id": f"B-{i}", "kind": "band", "place": None, "origin": origin} for i in range(1, bands + 1)
        ],
        "assignments": [
            {"device": f"B-{i}", "person": f"p{i}", "from": SINCE, "until": None} for i in range(1, bands + 1)
        ],
    }
