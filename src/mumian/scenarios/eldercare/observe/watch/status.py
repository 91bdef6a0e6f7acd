"""The 32 status bits of a position or alarm: the low half says what is so, the high half what is alarmed.

Sources: the vendor's published server protocol, appendix I (bits 0-4, 16-22); traccar's WatchProtocolDecoder (bit 14).
On bit 22 the two differ: the vendor calls it abnormal heart rate, traccar a fall. We follow the vendor.
"""

from __future__ import annotations

OFF_WRIST = 1 << 3

# The most urgent first: it is the one that `alarm` names.
ALARMS = (
    (16, "sos"),
    (21, "fall"),
    (22, "heart_rate"),
    (20, "removed"),
    (18, "fence_exit"),
    (19, "fence_enter"),
    (17, "low_battery"),
)
# Old watches send 16 bits and say with these why they sent AL.
STATES = ((14, "power_cut"), (1, "fence_exit"), (2, "fence_enter"), (0, "low_battery"))
UNSPECIFIED = "unspecified"


def alarms(status: int, *, alarmed: bool) -> list[str]:
    """Names of the alarms, the most urgent first; `alarmed`: the command was AL, so there is at least one."""
    found = [name for bit, name in ALARMS if status >> bit & 1] if status >> 16 else []
    if found or not alarmed:
        return found
    return [name for bit, name in STATES if status >> bit & 1] or [UNSPECIFIED]


def worn(status: int) -> bool:
    """Whether the watch says that it is on the wrist. A watch without the sensor always says so."""
    return not status & (OFF_WRIST | 1 << 20)
