"""Detections as one COCO object (Lin et al. 2014, cocodataset.org/#format-results with its images and categories)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mumian.scenarios.powerline.understand.eyes.model import Eyes
from mumian.scenarios.powerline.understand.eyes.sight import CATEGORIES, Sight


def header(eyes: Eyes, floor: float) -> dict[str, Any]:
    """The object before any photograph; `floor` is the score from which boxes are listed."""
    return {
        "info": {
            "description": "Insulators and defects; bbox is [x, y, width, height] in stored pixels, EXIF rotation not applied",
            "model": eyes.name,
            "threshold": eyes.threshold,
            "scores_from": floor,
        },
        "categories": [
            {"id": number, "name": name, "supercategory": "powerline"}
            for number, name in enumerate(CATEGORIES, start=1)
        ],
        "images": [],
        "annotations": [],
        "refused": [],
    }


def add(into: dict[str, Any], file_name: str, width: int, height: int, sight: Sight) -> None:
    """One photograph and what was seen on it."""
    image = len(into["images"]) + 1
    into["images"].append({"id": image, "file_name": file_name, "width": width, "height": height})
    for category, name in enumerate(CATEGORIES, start=1):
        seen = sight[name]
        for box, score in zip(seen.boxes.tolist(), seen.scores.tolist(), strict=True):
            bbox = [round(box[0], 2), round(box[1], 2), round(box[2] - box[0], 2), round(box[3] - box[1], 2)]
            into["annotations"].append(
                {
                    "id": len(into["annotations"]) + 1,
                    "image_id": image,
                    "category_id": category,
                    "bbox": bbox,
                    "area": round(bbox[2] * bbox[3], 2),
                    "iscrowd": 0,
                    "score": round(score, 4),
                }
            )


def refuse(into: dict[str, Any], refused: Iterable[tuple[Path, str]], folder: Path) -> None:
    """Photographs that could not be looked at: not looking is a result too."""
    into["refused"] += [
        {"file_name": path.relative_to(folder).as_posix(), "reason": reason} for path, reason in refused
    ]
