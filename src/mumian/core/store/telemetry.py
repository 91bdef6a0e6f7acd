"""Telemetry in one place: append to hot tables, seal, read, drop. See the modules behind it for how."""

from mumian.core.store.catalogue import Segment, segments
from mumian.core.store.hot import Wave, append_points, append_waves, series_id, series_ids
from mumian.core.store.retention import drop_before
from mumian.core.store.sealing import LIMITS, Limits, seal
from mumian.core.store.series import Latest, Series, latest, points, points_of, series_list, waves

__all__ = [
    "LIMITS",
    "Latest",
    "Limits",
    "Segment",
    "Series",
    "Wave",
    "append_points",
    "append_waves",
    "drop_before",
    "latest",
    "points",
    "points_of",
    "seal",
    "segments",
    "series_id",
    "series_ids",
    "series_list",
    "waves",
]
