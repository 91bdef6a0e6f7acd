"""The field's nouns: care levels, vital signs and their limits. Frozen, no I/O.

Limits come from tables with a source, so that a clinician can check and change them.
"""

from __future__ import annotations

from dataclasses import dataclass

CARE_LEVELS = {
    1: "完好",
    2: "轻度",
    3: "中度",
    4: "重度",
    5: "完全",
}  # GB/T 42195-2022, five levels of ability


@dataclass(frozen=True, slots=True)
class VitalLimit:
    """A vital sign that scores 3 in NEWS2 (Royal College of Physicians, 2017, chart 1; fever from 39.1 °C scores 2) outside.

    clear_low, clear_high   back inside these it counts as gone (hysteresis)
    readings                so many in a row are needed; one alone may be an artefact of a moving wrist
    """

    quantity: str
    finding: str
    low: float | None
    high: float | None
    clear_low: float | None
    clear_high: float | None
    readings: int


VITAL_LIMITS = (
    VitalLimit("heart_rate_bpm", "heart_rate", 40, 131, 45, 120, 2),
    VitalLimit("spo2_percent", "spo2", 91, None, 93, None, 2),
    VitalLimit("temperature_c", "temperature", 35.0, 39.1, 35.5, 38.5, 1),
    VitalLimit("systolic_mmhg", "blood_pressure", 90, 220, 95, 200, 1),
    VitalLimit("respiratory_rate_bpm", "respiration", 8, 25, 10, 22, 2),
)
BATTERY_LOW_PERCENT, BATTERY_FINE_PERCENT = 15.0, 25.0
NOT_WORN_S = 600.0
STILL_S = 5_400.0  # 90 min without a movement by day, on a band that is worn
STILL_STD_MPS2 = 0.25
