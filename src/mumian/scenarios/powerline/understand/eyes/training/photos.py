"""Photographs in memory, at the one scale that the network learns from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mumian.scenarios.powerline.understand.eyes.fingerprints import fingerprint
from mumian.scenarios.powerline.understand.eyes.looking import scaled
from mumian.scenarios.powerline.understand.eyes.pictures import PictureUnreadable, read
from mumian.scenarios.powerline.understand.eyes.scenes import Scene
from mumian.scenarios.powerline.understand.eyes.training.views import Photo

LONG_SIDE = 768  # of the recordings at hand (originals are 1152): a defect is about 44 × 29 px
SERVED_SIDE = 640  # at which it is looked at afterwards: as good, and a third faster


def load(scenes: Iterable[Scene]) -> list[Photo]:
    """Scenes with their pixels, resized so that the longer side has LONG_SIDE; unreadable ones are left out."""
    photos = []
    for scene in scenes:
        try:
            stored = read(scene.path).pixels
        except PictureUnreadable:
            continue
        pixels, scale = scaled(stored, LONG_SIDE / max(stored.shape[:2]))
        moved = Scene(scene.name, scene.path, scene.insulators * scale, scene.defects * scale, scene.family)
        photos.append(Photo(np.ascontiguousarray(pixels), moved, fingerprint(stored)))
    return photos
