"""One photograph judged: can it be judged at all, what is seen on it, what is kept of it, and what its header tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mumian.scenarios.powerline.act.triage.keep import Kept, keep
from mumian.scenarios.powerline.observe.camera.exif import Stamp
from mumian.scenarios.powerline.understand.eyes import detector, pictures
from mumian.scenarios.powerline.understand.eyes.model import Eyes
from mumian.scenarios.powerline.understand.eyes.quality import Quality, quality
from mumian.scenarios.powerline.understand.eyes.sight import Detections


@dataclass(frozen=True, slots=True)
class Judged:
    """One photograph, what was seen on it, and what is kept of it."""

    name: str
    width: int
    height: int
    bytes: int
    kept: Kept
    defects: Detections
    insulators: int
    quality: Quality
    stamp: Stamp


def judge(eyes: Eyes, path: Path, name: str) -> Judged:
    """One photograph. Raises PictureUnreadable.

    One that fails the gate is looked at all the same, since a defect that shows is one; that none shows says nothing, so the
    original is kept for a person.
    """
    picture = pictures.read(path)
    data = path.read_bytes()
    measured = quality(picture.pixels)
    sight = detector.detect(eyes, picture, eyes.threshold)
    height, width = picture.pixels.shape[:2]
    kept = keep(data, picture.pixels, sight["defect"].boxes, whole=measured.fault is not None)
    seen = len(sight["insulator"].scores)
    return Judged(name, width, height, len(data), kept, sight["defect"], seen, measured, picture.stamp)
