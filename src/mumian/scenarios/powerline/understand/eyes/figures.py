"""From boxes to figures: how many defects were found, how well placed, and how often an alarm was false.

A defect counts as found at an overlap (intersection over union) when a detection at the threshold overlaps it so
much; each detection serves one defect, and every other detection is a false alarm, doubles included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mumian.core.understand.evaluation import Interval, rate_interval, wilson
from mumian.scenarios.powerline.understand.eyes.boxes import Boxes, overlaps
from mumian.scenarios.powerline.understand.eyes.scenes import Scene
from mumian.scenarios.powerline.understand.eyes.sight import Detections, Sight

OVERLAPS = (0.3, 0.5)


@dataclass(frozen=True, slots=True)
class Judged:
    """One photograph: how many things of a category it shows, how many were found at each of OVERLAPS, and false alarms."""

    scene: Scene
    shown: int
    found: tuple[int, ...]
    false_alarms: tuple[int, ...]  # at each of OVERLAPS
    on_strand: int  # of the false alarms at the first overlap, those on an annotated insulator
    strands: int
    strands_found: tuple[int, ...]


def judge(scene: Scene, sight: Sight, threshold: float) -> Judged:
    """Compare what was seen at the threshold with what is annotated."""
    defects = sight["defect"].above(threshold)
    strands = sight["insulator"].above(threshold)
    hits = [matched(scene.defects, defects, overlap) for overlap in OVERLAPS]
    wrong = [number for number in range(len(defects.boxes)) if number not in hits[0]]
    return Judged(
        scene,
        len(scene.defects),
        tuple(len(hit) for hit in hits),
        tuple(len(defects.boxes) - len(hit) for hit in hits),
        sum(_within(defects.boxes[number], scene.insulators) for number in wrong),
        len(scene.insulators),
        tuple(len(matched(scene.insulators, strands, overlap)) for overlap in OVERLAPS),
    )


def matched(wanted: Boxes, seen: Detections, overlap: float) -> set[int]:
    """Numbers of the detections that find a thing: each takes, best score first, the free thing that it overlaps most."""
    if not len(wanted) or not len(seen.boxes):
        return set()
    shared, hits = overlaps(seen.boxes, wanted), set[int]()
    for number in np.argsort(-seen.scores, kind="stable").tolist():
        best = int(shared[number].argmax())
        if shared[number, best] >= overlap:
            hits.add(number)
            shared[:, best] = 0
    return hits


def _within(box: Boxes, strands: Boxes) -> bool:
    x, y = (box[:2] + box[2:]) / 2
    return bool(
        ((strands[:, 0] <= x) & (x <= strands[:, 2]) & (strands[:, 1] <= y) & (y <= strands[:, 3])).any()
    )


def figures(judged: Iterable[Judged]) -> dict[str, Any]:
    """Counts and shares between their 95 % bounds: Wilson for recall, Garwood for alarms per photograph.

    Recall is over every box that could be read; alarms are counted on photographs all of whose boxes could.
    """
    every = list(judged)
    whole = [
        one for one in every if one.scene.is_whole
    ]  # else a detection may well be a defect whose box nobody can read
    broken = [one for one in whole if one.shown]
    normal = [one for one in whole if not one.shown]
    shown = sum(one.shown for one in every)
    report: dict[str, Any] = {
        "images": len(every),
        "images_with_unreadable_boxes": len(every) - len(whole),
        "images_with_defect": len(broken),
        "images_without_defect": len(normal),
        "defects": shown,
    }
    for at, overlap in enumerate(OVERLAPS):
        found = sum(one.found[at] for one in every)
        report[f"recall_iou{overlap:g}"] = {"found": found, "of": shown, **bounds(wilson(found, shown))}
    for name, group in (("image", whole), ("defect_image", broken), ("normal_image", normal)):
        report[f"false_alarms_per_{name}"] = _alarms(group)
    report["false_alarms_on_intact_strand"] = sum(one.on_strand for one in broken)
    strands = sum(one.strands for one in every)
    for at, overlap in enumerate(OVERLAPS):
        found = sum(one.strands_found[at] for one in every)
        report[f"insulator_recall_iou{overlap:g}"] = {
            "found": found,
            "of": strands,
            **bounds(wilson(found, strands)),
        }
    return report


def _alarms(group: Sequence[Judged]) -> dict[str, Any]:
    """A false alarm here is a detection that finds nothing at IoU 0.3; those that find nothing at 0.5 stand beside it."""
    count, strict = (sum(one.false_alarms[at] for one in group) for at in range(2))
    return {
        "count": count,
        "images": len(group),
        **bounds(rate_interval(count, len(group))),
        "count_iou0.5": strict,
    }


def bounds(interval: Interval) -> dict[str, float | None]:
    """Value, low and high, rounded; null where nothing was tried."""
    return {key: round(bound, 4) if np.isfinite(bound) else None for key, bound in interval._asdict().items()}
