"""Residents served: 覆盖养老人群不少于1000人/年, counted one by one from consent and data, never from a register alone."""

from __future__ import annotations

from mumian.core.kernel.clock import DAY_US, SECOND_US
from mumian.core.prove import Estimate, EvidenceView, census, indicator

DAYS = 30
DAY_LEAST_S = 3600
SHANGHAI_US = 8 * 3600 * SECOND_US  # UTC+8 without summer time since 1992


@indicator(
    id="eldercare.residents_served", clause="四(八)3", unit="person", goal=">=1000", version=1,
    title={"zh": "覆盖老人数", "en": "Residents served"}, source="plan, section 四(八): ≥ 1000 people a year",
)  # fmt: skip
def residents_served(view: EvidenceView) -> Estimate:
    """Distinct residents with at least 30 days of data in the year.

    A day (Asia/Shanghai) counts with at least one hour of data recorded while the resident wore the device and a
    consent to care or monitoring held; exposure is journalled only then. A count below the goal is final once
    the evidence reaches back over the whole period; until then more residents may still be added.
    """
    query = (  # constants of this module; no input
        "select count(*) from (select person from (select body->>'$.person' as person,"
        f" ((body->>'$.from_us')::bigint + {SHANGHAI_US}) // {DAY_US} as day,"
        " sum(round((body->>'$.seconds')::double * 1e6)::bigint) as us"
        " from events where kind = 'exposure' group by all)"
        f" where us >= {DAY_LEAST_S * SECOND_US} group by person having count(distinct day) >= {DAYS})"
    )
    ((served,),) = view.sql(query)
    ((first_us,),) = view.sql("select min(at_us) from events where kind = 'exposure'")
    whole_year = first_us is not None and first_us - view.from_us <= DAY_US
    return census(int(served), f"residents with {DAYS} days of data", final=whole_year)
