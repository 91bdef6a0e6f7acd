"""The plan's indicators for elderly care (四(八)), each a pure function over sealed evidence.

No value comes from a form, a setting or a database: what is not in a sealed segment does not count.
"""

from mumian.core.prove import Indicator
from mumian.scenarios.eldercare.prove.burden import (
    acknowledge_p50,
    acknowledge_p95,
    false_alarms_per_hour,
    false_alarms_per_resident_day,
)
from mumian.scenarios.eldercare.prove.coverage import residents_served
from mumian.scenarios.eldercare.prove.falls import fall_recall
from mumian.scenarios.eldercare.prove.lost import alarms_lost

INDICATORS: tuple[Indicator, ...] = (
    residents_served,
    fall_recall,
    false_alarms_per_hour,
    false_alarms_per_resident_day,
    acknowledge_p50,
    acknowledge_p95,
    alarms_lost,
)

__all__ = ["INDICATORS"]
