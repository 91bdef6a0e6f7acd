"""Claim: the eyes see at least 8 frames a second on one core at 1152 × 864, and the pipeline costs at most 1.15 × the bare network.

Pipeline and bare ONNX Runtime session run alternately in one process over the same frames on one thread. Frames are
photographs (MUMIAN_DATA, enlarged to 1152 × 864) or, without them, noise. The pipeline is resize, network, boxes; with
decoding of the JPEG file it stands beside. CPU time of the process is given as well, because wall time on a busy
machine measures the neighbours.

    python benchmarks/defect_detector.py [--frames 200] [--side 1152]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from PIL import Image

from mumian.core.kernel.settings import load as settings
from mumian.scenarios.powerline.understand.eyes.detector import detect
from mumian.scenarios.powerline.understand.eyes.looking import scaled
from mumian.scenarios.powerline.understand.eyes.model import load
from mumian.scenarios.powerline.understand.eyes.pictures import Picture, read


def frames(count: int, side: int) -> list[np.ndarray]:
    folder = Path(settings().data) / "powerline" / "cplid" / "defect" / "images"
    size = side, side * 3 // 4
    paths = sorted(folder.glob("*.jpg"))[:count]
    if not paths:
        rng = np.random.default_rng(0)
        return [rng.integers(0, 255, (size[1], size[0], 3), np.uint8) for _ in range(min(count, 20))]
    return [
        np.asarray(Image.open(path).convert("RGB").resize(size, Image.Resampling.BICUBIC)) for path in paths
    ]


def clocked(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--side", type=int, default=1152)
    parser.add_argument("--model", help="a folder made by `train`; default: the shipped model")
    options = parser.parse_args()
    eyes, pictures = load(options.model), frames(options.frames, options.side)
    view, _ = scaled(pictures[0], eyes.long_side / options.side)
    for _ in range(3):
        eyes.look(view)
    took: dict[str, list[tuple[float, float]]] = {"bare": [], "pipeline": [], "with file": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.jpg"
        for number in range(options.frames):
            pixels = pictures[number % len(pictures)]
            Image.fromarray(pixels).save(path, quality=90)
            prepared, _ = scaled(pixels, eyes.long_side / options.side)
            took["bare"].append(clocked(lambda ready=prepared: eyes.look(ready)))
            took["pipeline"].append(clocked(lambda now=pixels: detect(eyes, Picture(now, 1), eyes.threshold)))
            took["with file"].append(clocked(lambda: detect(eyes, read(path), eyes.threshold)))
    bare_wall, bare_cpu = np.median(took["bare"], axis=0)
    print(f"{eyes.name}, {options.frames} frames of {pictures[0].shape[1]} × {pictures[0].shape[0]}, medians")
    for name, pairs in took.items():
        wall, cpu = np.median(pairs, axis=0)
        print(
            f"{name:<10} wall {wall * 1e3:6.1f} ms ({1 / wall:5.1f}/s, {wall / bare_wall:.3f} × bare)   "
            f"CPU {cpu * 1e3:6.1f} ms ({1 / cpu:5.1f}/s, {cpu / bare_cpu:.3f} × bare)"
        )


if __name__ == "__main__":
    main()
