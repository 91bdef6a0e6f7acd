"""What is kept of one photograph: the defect in full resolution, a thumbnail for context, and 5 % of the originals for audit.

The original is also kept of a photograph that could not be judged, so that a person can, and of one that looks where a defect is to be
repaired. Which originals are audited is decided by the photograph's own digest, so that nobody chooses and a repetition agrees.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

AUDIT_SHARE = 0.05
THUMB_PX, THUMB_QUALITY = 320, 60
CROP_QUALITY, CROP_MARGIN = 90, 1.0  # margin around the box, in box sides
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Kept:
    """Encoded JPEGs; `original` is None unless it is kept."""

    sha256: str
    thumb: bytes
    crops: tuple[bytes, ...]
    original: bytes | None

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return len(self.thumb) + sum(map(len, self.crops)) + len(self.original or b"")


def keep(data: bytes, pixels: Pixels, boxes: NDArray[np.floating], *, whole: bool = False) -> Kept:
    """`data` the file's bytes, `pixels` (h, w, 3) as stored, `boxes` (n, 4) x0 y0 x1 y1 in stored pixels; `whole` keeps the original."""
    sha256 = hashlib.sha256(data).hexdigest()
    crops = tuple(_jpeg(crop(pixels, box), CROP_QUALITY) for box in boxes)
    return Kept(
        sha256, _jpeg(_small(pixels), THUMB_QUALITY), crops, data if whole or audited(sha256) else None
    )


def audited(sha256: str) -> bool:
    """Whether the original with this digest belongs to the audit sample."""
    return int(sha256[:8], 16) < AUDIT_SHARE * 2**32


def crop(pixels: Pixels, box: NDArray[np.floating]) -> Pixels:
    """The box with its margin, at full resolution."""
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = (float(v) for v in box)
    dx, dy = CROP_MARGIN * max(x1 - x0, 1), CROP_MARGIN * max(y1 - y0, 1)
    left, top = max(int(x0 - dx), 0), max(int(y0 - dy), 0)
    right, bottom = min(int(np.ceil(x1 + dx)), width), min(int(np.ceil(y1 + dy)), height)
    return pixels[top:bottom, left:right]


def _small(pixels: Pixels) -> Pixels:
    image = Image.fromarray(pixels)
    image.thumbnail((THUMB_PX, THUMB_PX))
    return np.asarray(image)


def _jpeg(pixels: Pixels, quality: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "JPEG", quality=quality)
    return out.getvalue()
