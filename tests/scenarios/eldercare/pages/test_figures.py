"""The burden page: bounds beside values, origins apart; long lists, stale values, gaps in the plan."""

from __future__ import annotations

from dataclasses import dataclass

from tests.scenarios.eldercare.pages import homes

from mumian.core.kernel.clock import SECOND_US
from mumian.scenarios.eldercare.pages import burden, devices, resident, residents, staff, words
from mumian.scenarios.eldercare.pages.model import Duty, Worker

W = words.of("zh")
NOW = homes.NOW_US


def raised(i, resolution="false", origin="field", wait=30, **more):
    return {
        "id": f"A{i}", "kind": "fall", "tier": "intervene", "device": "M-1", "person": "p1", "floor": "f3",
        "raised_us": NOW - i * 3600 * SECOND_US, "resolution": resolution, "state": "resolved", "round": 0, "origin": origin,
        "acknowledged_us": None if wait is None else NOW - i * 3600 * SECOND_US + wait * SECOND_US,
    } | more  # fmt: skip


def test_origins_are_never_mixed():
    alarms = [raised(1), raised(2, origin="replay"), raised(3, origin="replay")]
    shown = burden.context(alarms, {"field": 86_400.0, "replay": 864_000.0}, {}, "7", "replay", NOW, W)
    assert shown["n"] == 2
    assert shown["facts"][0].n == "2 次 / 10.0 人日"
    assert burden.context(alarms, {}, {}, "7", "", NOW, W)["origin"] == "field"


def test_an_unanswered_alarm_counts_with_the_time_it_has_waited():
    waits = burden.waits_s([raised(1, None, wait=None), raised(2), raised(0.01, None, wait=None)], NOW)
    assert waits == [3600.0, 30.0]


def test_without_data_there_is_no_figure():
    for fact in burden.facts([], 0.0, NOW, W)[:3]:
        assert fact.value == "—"
        assert fact.holds is None


def test_again_within_ten_minutes_and_top_nuisance():
    alarms = [raised(1), raised(1.1), raised(5), raised(6, "true", device="M-2")]
    assert burden.refired(alarms) == 1
    (worst,) = burden.nuisances(alarms, {"p1": "312 陈婆婆"}, W)
    assert (worst.device, worst.false, worst.total, worst.who) == ("M-1", 3, 3, "312 陈婆婆")


def test_a_thousand_residents_in_pages_of_a_hundred():
    sample = homes.full()
    shown = residents.context(sample.home, sample.alarms, {"page": "3"}, NOW, W)
    assert (len(shown["lines"]), shown["pages"], shown["first"], shown["last"]) == (100, 10, 201, 300)
    assert residents.context(sample.home, [], {"page": "99"}, NOW, W)["page"] == 10
    found = residents.context(sample.home, [], {"q": homes.LONG[:4]}, NOW, W)
    assert found["n"] == 1
    assert residents.context(sample.home, sample.alarms, {"show": "blind"}, NOW, W)["n"] == len(
        [r for r in sample.home.residents if r.state(NOW) == "blind"]
    )


@dataclass
class Reading:
    quantity: str
    value: float
    event_us: int
    received_us: int
    expected_s: int = 10


def test_a_stale_value_is_never_shown_as_live():
    fresh, old = (
        Reading("heart_rate_bpm", 84, NOW, NOW),
        Reading("spo2_percent", 97, NOW - 120 * SECOND_US, NOW - SECOND_US),
    )
    heart, oxygen = resident.vitals([fresh, old], {}, NOW, W)
    assert (heart.stale, heart.value) == (False, "84")
    assert oxygen.stale
    assert oxygen.when == "14:03"


def test_devices_say_never_and_since_when():
    d = {"id": "B", "kind": "band", "origin": "field", "person": None, "battery_percent": 9.0, "worn": None, "last_seen": None,
         "blind_since": "2026-11-24T05:52:00Z", "wearer": "", "room": ""}  # fmt: skip
    (line,) = devices.context([d], None, {}, NOW, W)["lines"]
    assert (line.seen, line.blind, line.low) == ("从未", "还没有来过数据", True)


def test_gaps_in_the_plan_are_named():
    staffed = [Worker("n1", "李芳", "nurse"), Worker("c1", "何小敏", "caregiver", ("f3",))]
    monday = staff.monday_us(NOW)
    always = [Duty(s.id, monday, monday + 7 * 24 * homes.HOUR_US) for s in staffed]
    assert staff.gaps(staffed, always, monday, NOW, W) == []
    assert "护士空缺" in staff.gaps(staffed, always[1:], monday, NOW, W)[0]


def test_a_night_shift_ends_the_next_morning():
    ((from_us, until_us),) = staff.shift_spans(["2026-11-24"], "own", "19:00", "07:00", W)
    assert (until_us - from_us) // homes.HOUR_US == 12
