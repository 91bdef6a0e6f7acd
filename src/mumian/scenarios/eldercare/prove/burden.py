"""The burden that alarms put on staff: false alarms per hour and per resident-day, and the time to acknowledge.

Alarms resolved as `test` are no false alarms, and no alarm is left out because nobody came.
"""

from __future__ import annotations

from mumian.core.kernel.clock import DAY_US, SECOND_US
from mumian.core.prove import Estimate, EvidenceView, indicator, quantile, rate
from mumian.scenarios.eldercare.prove.stories import Story, alarms, fall_times, true_falls

HOUR_US = 3600 * SECOND_US
P50_GOAL_S = 60
P95_GOAL_S = 180


@indicator(
    id="eldercare.false_alarms_per_hour", clause="四(八)3", unit="1/h", goal="<=0.56", version=1,
    title={"zh": "每小时跌倒误报", "en": "False fall alarms per hour"},
    source="best published on real falls: 0.56/h, Palmerini 2020, Sensors 20(22):6479",
)  # fmt: skip
def false_alarms_per_hour(view: EvidenceView) -> Estimate:
    """Fall alarms without a fall ÷ hours of data from bands that were worn by consenting residents.

    Replay and simulation: alarms whose event and findings all lie outside the true falls of their device. Field:
    alarms that staff resolved as false. Alarms resolved as test count nowhere.
    """
    falls = [s for s in alarms(view).values() if s.kind == "fall" and s.device and not s.reported]
    if view.origin == "field":
        false = sum(s.resolution == "false" for s in falls)
    else:
        false = _outside_truth(view, falls)
    return rate(false, _device_us(view) / HOUR_US, "hours of worn bands")


def _outside_truth(view: EvidenceView, falls: list[Story]) -> int:
    true = true_falls(view)
    times = fall_times(view, {s.alarm: s for s in falls})
    inside = {
        alarm
        for device, seen in times.items()
        for at_us, alarm in seen
        if any(f.device == device and f.covers(at_us) for f in true)
    }
    return sum(s.alarm not in inside and s.resolution != "test" for s in falls)


@indicator(
    id="eldercare.false_alarms_per_resident_day", clause="四(八)3", unit="1/d", goal="<=1", version=1,
    title={"zh": "每位老人每天误报", "en": "False alarms per resident-day"}, source="house policy",
)  # fmt: skip
def false_alarms_per_resident_day(view: EvidenceView) -> Estimate:
    """Alarms of every kind that staff resolved as false ÷ resident-days; a resident-day is 24 h of one resident's data.

    Two devices of one resident in the same hour count as the longer of the two.
    """
    false = sum(s.resolution == "false" for s in alarms(view).values())
    return rate(false, _resident_us(view) / DAY_US, "24 h of one resident's data")


@indicator(
    id="eldercare.time_to_acknowledge_p50", clause="四(八)3", unit="s", goal=f"<={P50_GOAL_S}", version=1,
    title={"zh": "接警时间中位数", "en": "Time to acknowledge, median"}, source="house policy",
)  # fmt: skip
def acknowledge_p50(view: EvidenceView) -> Estimate:
    """Median of the seconds from raising an alarm to its first acknowledgement by a person."""
    return _waiting(view, 0.5, P50_GOAL_S)


@indicator(
    id="eldercare.time_to_acknowledge_p95", clause="四(八)3", unit="s", goal=f"<={P95_GOAL_S}", version=1,
    title={"zh": "接警时间第95百分位", "en": "Time to acknowledge, 95th percentile"}, source="house policy",
)  # fmt: skip
def acknowledge_p95(view: EvidenceView) -> Estimate:
    """The seconds within which 95 % of alarms were acknowledged by a person for the first time."""
    return _waiting(view, 0.95, P95_GOAL_S)


def _waiting(view: EvidenceView, p: float, within: int) -> Estimate:
    """Alarms that nobody has acknowledged count with the time waited so far, once that is longer than the p95 goal.

    Younger ones are left out: whether they will be answered in time is not known yet. Reported falls are left out too:
    whoever reports one is there already. So are alarms whose condition went away by itself.
    """
    waits, unanswered = [], 0
    for story in alarms(view).values():
        if story.reported or story.state == "returned":
            continue
        if story.acknowledged_us is not None:
            waits.append((story.acknowledged_us - story.raised_us) / SECOND_US)
        elif view.until_us - story.raised_us > P95_GOAL_S * SECOND_US:
            waits.append((view.until_us - story.raised_us) / SECOND_US)
            unanswered += 1
    note = f"{unanswered} alarms still unanswered, counted with the time so far" if unanswered else ""
    return quantile(waits, p, within, note)


def _device_us(view: EvidenceView) -> int:
    """Microseconds of data over all devices. Integers, so that the order of segments cannot change a digit."""
    ((total,),) = view.sql(
        "select coalesce(sum(round((body->>'$.seconds')::double * 1e6)::bigint), 0) from events where kind = 'exposure'"
    )
    return int(total)


def _resident_us(view: EvidenceView) -> int:
    ((total,),) = view.sql(
        "select coalesce(sum(us), 0) from (select max(us) as us from (select body->>'$.person' as person,"
        " body->>'$.device' as device, (body->>'$.from_us')::bigint // 3600000000 as hour,"
        " sum(round((body->>'$.seconds')::double * 1e6)::bigint) as us"
        " from events where kind = 'exposure' group by all) group by person, hour)"
    )
    return int(total)
