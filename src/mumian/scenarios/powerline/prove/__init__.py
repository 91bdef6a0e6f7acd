"""The plan's indicators of line inspection, from sealed events alone."""

from __future__ import annotations

from mumian.core.prove import Indicator
from mumian.scenarios.powerline.prove.alert import alert_latency
from mumian.scenarios.powerline.prove.coverage import coverage
from mumian.scenarios.powerline.prove.cycles import unattended_cycles
from mumian.scenarios.powerline.prove.ledger import data_reduction
from mumian.scenarios.powerline.prove.recognition import recognition_rate

INDICATORS: tuple[Indicator, ...] = (
    recognition_rate,
    data_reduction,
    coverage,
    alert_latency,
    unattended_cycles,
)
