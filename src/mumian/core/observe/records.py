"""What observe hands to the right: typed records, validated, with event time and receive time kept apart.

A record never says where it came from in the sense of origin: that belongs to the registered device.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mumian.core.kernel.ids import DeviceId

ORIGINS = ("field", "replay", "simulation")


@dataclass(frozen=True, slots=True)
class Observation:
    """Values of one instant. Quantity names carry their unit (`heart_rate_bpm`); booleans are stored as 0 and 1."""

    device: DeviceId
    seq: int | None  # None: the sender does not number (foreign devices)
    event_us: int
    received_us: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Waveform:
    """One batch of evenly sampled signal; `samples` is float32 (n, channels), acceleration in m/s² then rad/s."""

    device: DeviceId
    seq: int | None
    event_us: int  # of the first sample
    received_us: int
    rate_hz: float
    samples: NDArray[np.float32]
    kind: str = "accel"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: "sos", "button", "fall" (a device's own detector), "motion" …"""

    device: DeviceId
    seq: int | None
    event_us: int
    received_us: int
    kind: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """The wearer's answer to a command: "ok" or "help"."""

    device: DeviceId
    seq: int | None
    event_us: int
    received_us: int
    command: str
    answer: str


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not become a record: kept with its reason, counted, shown."""

    device: str  # as claimed; may be unknown
    seq: int | None
    received_us: int
    reason: (
        str  # a stable word: malformed, not_a_number, out_of_range, clock, unknown_device, too_large, rate, …
    )
    message: str  # what is wrong and how to mend it
    raw: bytes


Record = Observation | Waveform | Event | Reply
