"""Videos made for tests and benchmarks, encoded as H.264 by PyAV: a camera that pans, zooms and shakes over one photograph."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
MISSING = "left out: video (PyAV is not installed: pip install 'av>=15')"


def library() -> Any:
    """PyAV; where it is missing the tests of video are left out and say so, except in CI, whose `test` extra contains it."""
    if os.environ.get("CI") == "true":
        import av

        return av
    return pytest.importorskip("av", reason=MISSING)


def film(path: Path, pictures: Iterable[Pixels], fps: int = 10, **options: str) -> Path:
    """Write the pictures, all of one even size, as H.264."""
    av = library()
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=fps, options={"preset": "ultrafast", "crf": "20", "g": "10", **options}
        )
        stream.pix_fmt = "yuv420p"
        for number, pixels in enumerate(pictures):
            if number == 0:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def over(
    photo: Path, seconds: float, fps: int, seed: int, shake_px: float = 3.0
) -> Iterator[tuple[Pixels, NDArray[np.float64]]]:
    """The camera over a photograph: (picture of the photograph's own size, map from photograph to picture as scale, x, y).

    It drifts by up to 12 % of the width, zooms between 1.0 and 1.25 and shakes; where it looks beyond the rim, it stays within.
    """
    rng = np.random.default_rng(seed)
    with Image.open(photo) as opened:
        image = opened.convert("RGB")
    wide, high = image.width // 2 * 2, image.height // 2 * 2
    way, phase = rng.uniform(-0.12, 0.12, 2) * [wide, high], rng.uniform(0, 2 * np.pi)
    for number in range(round(seconds * fps)):
        t = number / (seconds * fps)
        zoom = 1.125 + 0.125 * float(np.sin(2 * np.pi * t + phase))
        centre = np.array([wide, high]) / 2 + way * (t - 0.5) + rng.normal(0, shake_px, 2)
        size = np.array([wide, high]) / zoom
        corner = np.clip(centre - size / 2, 0, np.array([wide, high]) - size)
        box = (*corner, *(corner + size))
        shown = image.resize((wide, high), Image.Resampling.BILINEAR, box=tuple(map(float, box)))
        yield np.asarray(shown), np.array([zoom, *(-corner * zoom)])
