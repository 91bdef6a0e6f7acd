"""Pure functions over sealed evidence yield the plan's indicators as signed figures. No number is ever typed in.

What a scenario needs stands here; `figures`, `heads` and `verify` are for service, web and command line.
"""

from mumian.core.prove.definition import Indicator, indicator, registered
from mumian.core.prove.estimate import Estimate, census, proportion, quantile, rate
from mumian.core.prove.evidence import EventRow, EvidenceView
from mumian.core.prove.figure import Figure

__all__ = [
    "Estimate",
    "EventRow",
    "EvidenceView",
    "Figure",
    "Indicator",
    "census",
    "indicator",
    "proportion",
    "quantile",
    "rate",
    "registered",
]
