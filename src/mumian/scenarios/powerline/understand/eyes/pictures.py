"""Photographs from files: any size, grey, CMYK, 16 bit or palette, as RGB in stored pixels; what cannot be read is refused.

EXIF is read by small bounded parsers of our own, for orientation, time and place only: a photograph's header may be hostile.
"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mumian.core.kernel.errors import BadInput, MumianError
from mumian.scenarios.powerline.observe.camera.exif import NOTHING, Stamp, stamp

MOST_PIXELS = 150_000_000  # of the largest drone cameras (about 100 million), with room
_MODES = {"I;16": 256.0, "I;16B": 256.0, "I;16L": 256.0, "I": 256.0}  # divisor to 8 bit
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
_MOST_TAGS = 1000
_ORIENTATION = 0x0112


class PictureUnreadable(MumianError, ValueError):
    """The file is no photograph, is damaged, or is larger than any camera's."""

    code, status = "picture_unreadable", 422
    zh = "读不了照片 {file}：{fault}。请重新导出或移出该文件夹"
    en = "Cannot read the photograph {file}: {fault}. Export it anew or move it out of the folder"


@dataclass(frozen=True, slots=True)
class Picture:
    """`pixels` uint8 (h, w, 3) RGB as stored; `orientation` is EXIF's 1 … 8, which was not applied; `stamp` its time and place."""

    pixels: NDArray[np.uint8]
    orientation: int
    stamp: Stamp = NOTHING


def photographs(folder: Path) -> list[Path]:
    """Files in `folder` and below that are named like photographs, in order of their names."""
    if not folder.is_dir():
        raise BadInput(detail=f"There is no folder {folder}: name the folder that holds the photographs")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not found:
        kinds = ", ".join(sorted(SUFFIXES))
        raise BadInput(detail=f"There is no photograph in {folder}: put files named {kinds} into it")
    return found


def read(path: Path) -> Picture:
    """The whole photograph, or PictureUnreadable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                if image.width * image.height <= MOST_PIXELS:
                    exif = image.info.get("exif")
                    return Picture(_rgb(image), orientation(exif), stamp(exif))
                fault_size = f"{image.width} × {image.height} pixels are more than any camera has"
    except (
        Exception
    ) as fault:  # decoders raise whatever they like on hostile files; all of it means: unreadable
        raise PictureUnreadable(file=path.name, fault=str(fault) or type(fault).__name__) from fault
    raise PictureUnreadable(file=path.name, fault=fault_size)


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode in _MODES:
        deep = np.asarray(image, np.float32) / _MODES[image.mode]
        return np.repeat(np.clip(deep, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    return np.asarray(image.convert("RGB"))


def orientation(exif: object) -> int:
    """The orientation in an EXIF block (JEITA CP-3451, TIFF 6.0), 1 where there is none or the block is damaged."""
    if not isinstance(exif, bytes):
        return 1
    body = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(body[:2])
    try:
        if order is None:
            return 1
        (at,) = struct.unpack_from(order + "I", body, 4)
        (count,) = struct.unpack_from(order + "H", body, at)
        for number in range(min(count, _MOST_TAGS)):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", body, at + 2 + 12 * number)
            if tag == _ORIENTATION:
                return value if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1
