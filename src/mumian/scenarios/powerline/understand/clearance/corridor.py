"""The stretch of a cloud along a line: spans as frames, and each span's points, gathered chunk by chunk.

Only what lies within HALF_WIDTH_M of a span is kept, so that memory follows the corridor and not the tile.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.domain.catenary import Floats
from mumian.scenarios.powerline.understand.cloud_rows import Classes, Rows
from mumian.scenarios.powerline.understand.clouds import placed
from mumian.scenarios.powerline.understand.wires.wire import Track

HALF_WIDTH_M = 60.0  # the outer phase (20 m), its swing on a long span (30 m), and the widest clearance
OVERLAP_M = 12.0  # a mapped tower may stand so far off along the line; both spans look there
_SHORTEST_SPAN_M = 10.0

Codes = NDArray[np.uint8]
GROUND, VEGETATION, BUILDING, OBJECT, WIRE, TOWER, NOISE = range(7)
OBJECT_NAMES = {GROUND: "ground", VEGETATION: "vegetation", BUILDING: "building", OBJECT: "object"}
# ASPRS LAS 1.4-R15, table 17 → what it means here; 0, 1 and everything else say nothing and are objects.
_MEANING = {
    2: GROUND,
    8: GROUND,
    9: GROUND,
    10: GROUND,
    11: GROUND,
    3: VEGETATION,
    4: VEGETATION,
    5: VEGETATION,
}
_MEANING |= {6: BUILDING, 13: WIRE, 14: WIRE, 15: TOWER, 16: TOWER, 7: NOISE, 18: NOISE}
_CODE_OF_CLASS = np.full(256, OBJECT, np.uint8)
_CODE_OF_CLASS[list(_MEANING)] = list(_MEANING.values())


@dataclass(frozen=True, slots=True)
class SpanFrame:
    """A span between two neighbouring towers in the tile's metres; `number` counts from 1 along the line."""

    number: int
    track: Track
    length_m: float


@dataclass(frozen=True, slots=True)
class SpanPoints:
    """A span's points: (n, 3) places and what each is (GROUND …)."""

    span: SpanFrame
    xyz: Floats
    codes: Codes


@dataclass(frozen=True, slots=True)
class Corridor:
    """All spans that the tile touches, and how many rows were read, kept, and without a place."""

    spans: tuple[SpanPoints, ...]
    rows: int
    dropped: int
    has_classes: bool


def frames(towers: Floats) -> tuple[SpanFrame, ...]:
    """A frame for every span; (n, 2) towers. Spans shorter than 10 m (one tower mapped twice) are left out."""
    found = []
    for number, (start, step) in enumerate(zip(towers[:-1], np.diff(towers, axis=0), strict=True), 1):
        length = float(np.hypot(*step))
        if length >= _SHORTEST_SPAN_M:
            track = Track(float(start[0]), float(start[1]), math.atan2(float(step[1]), float(step[0])))
            found.append(SpanFrame(number, track, length))
    return tuple(found)


def gather(
    chunks: Iterable[Rows], spans: tuple[SpanFrame, ...], half_width_m: float = HALF_WIDTH_M
) -> Corridor:
    """Each span's points from the chunks of a cloud; a point near a tower may belong to both its spans."""
    kept: list[list[tuple[Floats, Codes]]] = [[] for _ in spans]
    rows = dropped = 0
    has_classes = False
    for every, codes in chunks:
        rows += len(every)
        finite = placed(every)
        xyz, classes = every, codes
        if finite is not None:
            dropped += int((~finite).sum())
            xyz, classes = every[finite], None if codes is None else codes[finite]
        if len(xyz) == 0:
            continue
        kinds = codes_of(xyz, classes)
        has_classes = has_classes or bool((kinds != OBJECT).any())
        box = _box(xyz)
        for span, parts in zip(spans, kept, strict=True):
            if _may_touch(span, *box, half_width_m):
                inside = _inside(span, xyz, half_width_m)
                if len(inside):
                    parts.append((xyz[inside], kinds[inside]))
    joined = tuple(
        SpanPoints(span, *_joined(parts)) for span, parts in zip(spans, kept, strict=True) if parts
    )
    if rows == dropped:
        raise BadInput(detail=f"not one of {rows} rows has finite x, y and z")
    return Corridor(joined, rows, dropped, has_classes)


def codes_of(xyz: Floats, classes: Classes | None) -> Codes:
    """What each point is: by its class, an object where the file has none."""
    return np.full(len(xyz), OBJECT, np.uint8) if classes is None else _CODE_OF_CLASS[classes]


def _box(xyz: Floats) -> tuple[Floats, Floats]:
    columns = (xyz[:, 0], xyz[:, 1])  # one by one: numpy reduces a short axis slowly
    return np.array([one.min() for one in columns]), np.array([one.max() for one in columns])


def _may_touch(span: SpanFrame, low: Floats, high: Floats, half_width_m: float) -> bool:
    margin = half_width_m + OVERLAP_M
    ends = np.array([span.track.at(0.0), span.track.at(span.length_m)])
    return bool((ends.min(0) - margin <= high).all() and (ends.max(0) + margin >= low).all())


def _inside(span: SpanFrame, xyz: Floats, half_width_m: float) -> NDArray[np.intp]:
    s, t = span.track.along_across(xyz[:, :2])
    near = (s >= -OVERLAP_M) & (s <= span.length_m + OVERLAP_M)
    near &= np.abs(t) <= half_width_m
    return np.flatnonzero(near)


def _joined(parts: list[tuple[Floats, Codes]]) -> tuple[Floats, Codes]:
    """One array of all parts; each part is let go as soon as it is copied, so that nothing stands twice in memory."""
    total = sum(len(codes) for _, codes in parts)
    xyz, codes = np.empty((total, 3)), np.empty(total, np.uint8)
    at = 0
    for _ in range(len(parts)):
        part, part_codes = parts.pop(0)
        xyz[at : at + len(part)], codes[at : at + len(part)] = part, part_codes
        at += len(part)
    return xyz, codes
