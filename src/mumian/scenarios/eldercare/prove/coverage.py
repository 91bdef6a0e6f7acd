"""Residents served: 覆盖养老人群不少于1000人/年, counted one by one from consent and data, never from a register alone."""

from __future__ import annotations

from mumian.core.kernel.clock import DAY_US, SECOND_US
from mumian.core.prove import Estimate, EvidenceView, census, indicator

DAYS = 30
DAY_LEAST_HOURS = 4
HOUR_US = 3600 * SECOND_US
SHANGHAI_US = 8 * HOUR_US  # UTC+8 without summer time since 1992
_SERVED = """
    with heard as (
        select distinct body->>'$.person' as person, ((body->>'$.from_us')::bigint + $shanghai) // $hour as hour
        from events where kind = 'exposure'
    ), days as (
        select person, hour // 24 as day from heard group by all having count(*) >= $least
    )
    select count(*) from (select person from days group by person having count(*) >= $days)
"""


@indicator(
    id="eldercare.residents_served", clause="四(八)3", unit="person", goal=">=1000", version=1,
    title={"zh": "覆盖老人数", "en": "Residents served"}, source="plan, section 四(八): ≥ 1000 people a year",
)  # fmt: skip
def residents_served(view: EvidenceView) -> Estimate:
    """Distinct residents with at least 30 days of data in the year.

    A day (Asia/Shanghai) counts with data in at least four of its hours. Data are journalled as exposure only while the
    device was worn and the resident's consent to care or monitoring held, so consent is in the count. A count below
    the goal is final once the evidence reaches back over the whole period; until then residents may still be added.
    """
    given = {"shanghai": SHANGHAI_US, "hour": HOUR_US, "least": DAY_LEAST_HOURS, "days": DAYS}
    ((served,),) = view.sql(_SERVED, given)
    ((first_us,),) = view.sql("select min(at_us) from events where kind = 'exposure'")
    whole_year = first_us is not None and first_us - view.from_us <= DAY_US
    return census(int(served), f"residents with {DAYS} days of data", final=whole_year)
