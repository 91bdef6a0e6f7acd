"""Homes of plain data for these tests: empty, small, the one of the reference screen, and a full one."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mumian.core.kernel.clock import SECOND_US, iso, parse
from mumian.scenarios.eldercare.pages.model import Band, Duty, Home, Resident, Spot, Worker

NOW_US = parse("2026-11-24T06:05:32Z")  # 14:05:32 in Guangzhou
HOUR_US = 3600 * SECOND_US
SURNAMES = "陈李张黄何罗梁林郑谢曾邓冯许傅沈吕苏卢蒋蔡贾丁薛叶阎余潘杜戴夏吴汪田石龙"
GIVEN = ("秀英", "桂兰", "伯", "婆婆", "玉珍", "国强", "淑芬", "志明")
LONG = "欧阳司徒上官夏侯诸葛东方皇甫尉迟公羊澹台公冶宗政濮阳淳于单于太叔申屠公孙仲孙轩辕"


@dataclass
class Sample:
    home: Home
    alarms: list[dict[str, Any]] = field(default_factory=list)
    acceleration: list[tuple[int, float]] = field(default_factory=list)
    heart: list[tuple[int, float]] = field(default_factory=list)


def empty() -> Sample:
    return Sample(Home(name="荔湾一院区"))


def small() -> Sample:
    """Two rooms, one band that never spoke, no alarm, no shift."""
    spots = [Spot("b", "building", "主楼"), Spot("f1", "floor", "一楼", "b"), Spot("r1", "room", "101", "f1"),
             Spot("r2", "room", "102", "f1"), Spot("r1a", "bed", "101-1", "r1"), Spot("r2a", "bed", "102-1", "r2")]  # fmt: skip
    residents = [_resident("p1", "陈婆婆", spots[4], spots[2], spots[1], Band("M-1", blind_since_us=None))]
    return Sample(Home("荔湾一院区", spots, residents, [Worker("n1", "李护士", "nurse")], []))


def reference() -> Sample:
    """Twenty rooms on the third floor and five alarms, as on the reference screen."""
    sample = _build(floors=4, rooms=20, beds=2, seed=3)
    sample.alarms = [
        fall("A-1124-031", sample, "312", seconds=47, unconfirmed=True), wander(sample), vitals(sample), call(sample), blind(sample),
    ]  # fmt: skip
    sample.acceleration, sample.heart = trace(NOW_US - 47 * SECOND_US)
    return sample


def full(residents: int = 1000, alarms: int = 50) -> Sample:
    """A thousand residents, 36 rooms a floor, fifty alarms, names of forty characters."""
    sample = _build(floors=8, rooms=36, beds=4, seed=5, limit=residents)
    rng = random.Random(7)
    people = [r for r in sample.home.residents if r.room]
    makers = (fall, vitals, call, blind)
    for i in range(alarms):
        who = people[rng.randrange(len(people))]
        made = makers[i % 4](sample=sample, room=who.room_name, id=f"A-{i:04d}", person=who.id)  # type: ignore[operator]
        sample.alarms.append(made)
    sample.acceleration, sample.heart = trace(NOW_US - 47 * SECOND_US)
    return sample


def _build(floors: int, rooms: int, beds: int, seed: int, limit: int | None = None) -> Sample:
    rng = random.Random(seed)
    spots = [Spot("b1", "building", "一号楼")]
    residents: list[Resident] = []
    for f in range(2, 2 + floors):
        floor = Spot(f"f{f}", "floor", f"{'零一二三四五六七八九'[f]}楼", "b1")
        spots.append(floor)
        for zone in ("护理站", "活动室"):
            spots.append(Spot(f"f{f}-{zone}", "zone", zone, floor.id))
        for r in range(1, rooms + 1):
            room = Spot(f"r{f}{r:02d}", "room", f"{f}{r:02d}", floor.id)
            spots.append(room)
            for b in range(1, beds + 1):
                bed = Spot(f"{room.id}-{b}", "bed", f"{room.name}-{b}", room.id)
                spots.append(bed)
                if (limit is None or len(residents) < limit) and not (r == 19 or rng.random() < 0.04):
                    residents.append(_one(rng, len(residents), bed, room, floor))
    staff = [Worker("n1", "李芳", "nurse"), Worker("n2", "梁静", "nurse", ("f3",)),
             Worker("c1", "何小敏", "caregiver", ("f3",)), Worker("c2", "杨阿姨", "caregiver", ("f3",)),
             Worker("d1", "周主任", "director"), Worker("c9", LONG, "caregiver", ("f4",))]  # fmt: skip
    start = parse("2026-11-23T23:00:00Z")
    duties = [Duty(s.id, start, start + 12 * HOUR_US) for s in staff[:4]]
    return Sample(Home("荔湾一院区", spots, residents, staff, duties))


def _one(rng: random.Random, i: int, bed: Spot, room: Spot, floor: Spot) -> Resident:
    name = LONG if i == 21 else SURNAMES[i % len(SURNAMES)] + GIVEN[rng.randrange(len(GIVEN))]
    fate = rng.random()
    seen = NOW_US - rng.randrange(9) * SECOND_US
    band: Band | None = Band(
        f"M-{i:04d}", last_seen_us=seen, worn=True, battery_percent=round(20 + rng.random() * 80)
    )
    if fate < 0.04:
        band = Band(
            f"M-{i:04d}",
            last_seen_us=NOW_US - 812 * SECOND_US,
            worn=True,
            blind_since_us=NOW_US - 812 * SECOND_US,
        )
    elif fate < 0.09:
        band = Band(f"M-{i:04d}", last_seen_us=seen, worn=False, battery_percent=55)
    elif fate < 0.12:
        band = None
    return _resident(
        f"p{i:04d}", name, bed, room, floor, band, 1 + i % 5, date(1935 + i % 20, 1 + i % 12, 1 + i % 28)
    )


def _resident(id: str, name: str, bed: Spot, room: Spot, floor: Spot, band: Band | None, level: int = 3,
              born: date | None = None) -> Resident:  # fmt: skip
    return Resident(id, name, born, level, bed.id, bed.name, room.id, room.name, floor.id, floor.name,
                    NOW_US - 400 * 24 * HOUR_US, None, band)  # fmt: skip


def alarm(id: str, kind: str, tier: str, sample: Sample, room: str, seconds: int, person: str | None = None,
          **more: Any) -> dict[str, Any]:  # fmt: skip
    who = next(r for r in sample.home.residents if (r.id == person if person else r.room_name == room))
    at = NOW_US - seconds * SECOND_US
    raised = at + 3 * SECOND_US
    return {
        "id": id, "kind": kind, "person": who.id, "place": who.bed, "floor": who.floor,
        "device": who.band.device if who.band else "M-0", "tier": tier,
        "priority": {"intervene": "high", "warn": "medium", "assist": "low"}[tier], "state": "new", "resolution": None,
        "event_time": iso(at), "raised_at": iso(raised), "reason": {"zh": "", "en": ""}, "evidence": {}, "origin": "field",
        "owner": None, "ladder": [], "step": 0, "next_step": None, "shelved_until": None,
        "transitions": [{"at": iso(raised), "from": None, "to": "new", "by": "system", "note": None}], "pages": [],
    } | more  # fmt: skip


def fall(id: str = "A-1", sample: Any = None, room: str = "312", seconds: int = 47, unconfirmed: bool = False,
         person: str | None = None) -> dict[str, Any]:  # fmt: skip
    asked = NOW_US - (seconds - 18) * SECOND_US
    pages = [{"at": iso(asked), "to": "c1", "step": 1, "channel": "browser", "outcome": "delivered"}]
    if unconfirmed:
        pages = [{"at": iso(asked), "to": "c1", "step": 1, "channel": "browser", "outcome": "unconfirmed"},
                 {"at": iso(asked + 10 * SECOND_US), "to": "c1", "step": 1, "channel": "push", "outcome": "sending"}]  # fmt: skip
    at = NOW_US - seconds * SECOND_US
    return alarm(
        id, "fall", "intervene", sample, room, seconds, person,
        reason={"zh": "疑似跌倒：像跌倒 0.94，阈值 0.80", "en": "Possible fall: fall-like 0.94, threshold 0.80"},
        evidence={"device": "M-0312", "score": 0.94, "threshold": 0.80, "model": "fall-wrist@1.3", "rule": "fall@1",
                  "decided_at": iso(at + 2_600_000), "detail": {"peak_mps2": 31.4, "still_s": 44}, "ask": None,
                  "wave": "9f3c" + "0" * 56 + "a71e",
                  "corroboration": [{"device": "厕感应-312", "saw": "有人，不移动", "at": iso(at + 12 * SECOND_US)}]},
        ladder=["ask", "caregiver", "nurse", "director"], step=1,
        next_step={"step": 2, "due_at": iso(asked + 60 * SECOND_US)}, pages=pages,
    )  # fmt: skip


def wander(sample: Any, room: str = "317") -> dict[str, Any]:
    return alarm("A-1124-032", "no_motion", "warn", sample, room, 22, reason={"zh": "96 分钟没有移动", "en": "No movement for 96 min"},
                 ladder=["caregiver", "nurse"], step=1, evidence={"rule": "no_motion@1"},
                 pages=[{"at": iso(NOW_US - 19 * SECOND_US), "to": "c2", "step": 1, "channel": "browser", "outcome": "delivered"}],
                 next_step={"step": 2, "due_at": iso(NOW_US + 41 * SECOND_US)})  # fmt: skip


def vitals(
    sample: Any = None, room: str = "305", id: str = "A-1124-030", person: str | None = None
) -> dict[str, Any]:
    at = NOW_US - 370 * SECOND_US
    made = alarm(id, "heart_rate", "warn", sample, room, 370, person, state="acknowledged", owner="n2",
                 reason={"zh": "心率 128，连续 2 次", "en": "Heart rate 128, 2 readings in a row"},
                 evidence={"rule": "heart_rate@1", "score": 128.0, "threshold": 120.0})  # fmt: skip
    made["transitions"].append(
        {"at": iso(at + 160 * SECOND_US), "from": "new", "to": "acknowledged", "by": "n2", "note": None}
    )
    return made


def call(
    sample: Any = None, room: str = "318", id: str = "A-1124-029", person: str | None = None
) -> dict[str, Any]:
    return alarm(id, "call", "assist", sample, room, 130, person, ladder=["caregiver", "nurse"], step=1,
                 reason={"zh": "按铃", "en": "Pressed the call button"},
                 pages=[{"at": iso(NOW_US - 120 * SECOND_US), "to": "c1", "step": 1, "channel": "browser", "outcome": "delivered"}])  # fmt: skip


def blind(
    sample: Any = None, room: str = "307", id: str = "A-1124-028", person: str | None = None
) -> dict[str, Any]:
    return alarm(id, "blind", "assist", sample, room, 812, person, reason={"zh": "设备看不见：没有数据", "en": "Device is blind: no data"},
                 evidence={"rule": "blind@1"})  # fmt: skip


def trace(impact_us: int) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """Walking, an impact of 31.4 m/s², then stillness; 50 Hz, with a gap of two seconds."""
    rng = random.Random(1)
    out = []
    for i in range(-300, 1001):
        t = impact_us + i * 20_000
        if 500 < i < 600:
            continue
        v = 9.81 + (1.6 * math.sin(i / 5) if i < -8 else 0) + rng.gauss(0, 0.06)
        if -8 <= i < 30:
            v = 9.81 + 21.6 * math.exp(-i * i / 2) + 5 * math.sin(i) * math.exp(-abs(i) / 9)
        out.append((t, max(0.0, v)))
    heart = [(impact_us + s * SECOND_US, 84 + 20 * max(0, min(1, (s + 2) / 8))) for s in range(-55, 25, 6)]
    return out, heart
