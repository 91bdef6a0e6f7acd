"""The vote over frames on films of recorded photographs: frames a second, findings an object, false alarms a minute, with and without it.

Films are made here: a camera pans, zooms and shakes over each photograph, H.264 at 10 frames a second, and every frame is decoded and
judged. "Without" counts a finding wherever a detection begins that no detection of the frame before overlaps (carried along by the
picture's motion): what a person would be called for. Threshold (the card's), 2 of 3, overlap 0.3 and the camera's path were fixed before
the first run. The shipped network met all families in training, so recall here says nothing of unseen strands: the vote is what is measured.
Example: benchmarks/video_vote.py --data ../shared/data --defect 20 --normal 20 --seconds 6
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.scenarios.powerline.films import film, over

from mumian.scenarios.powerline.act.triage.watching import Looked, looked
from mumian.scenarios.powerline.observe import video
from mumian.scenarios.powerline.understand.eyes import model, motion, temporal, voc
from mumian.scenarios.powerline.understand.eyes.boxes import overlaps

FPS, HIT = 10, 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--defect", type=int, default=20, help="photographs with a defect, evenly over the folder"
    )
    parser.add_argument("--normal", type=int, default=20, help="untouched photographs")
    parser.add_argument("--seconds", type=float, default=6.0)
    options = parser.parse_args()
    eyes, root = model.load(), options.data / "powerline" / "cplid"
    told: dict[str, Any] = {"origin": "replay", "model": eyes.name, "threshold": eyes.threshold, "vote": f"{temporal.NEEDED} of {temporal.WINDOW}",
                            "fps": FPS, "load_1_min": os.getloadavg()[0]}  # fmt: skip
    for kind, count in (("defect", options.defect), ("normal", options.normal)):
        photos = sorted(
            (root / kind / "images").iterdir()
            if (root / kind / "images").is_dir()
            else (root / kind).iterdir()
        )
        chosen = [photos[k] for k in np.unique(np.linspace(0, len(photos) - 1, count).astype(int))]
        told[kind] = _all(eyes, chosen, options.seconds, root if kind == "defect" else None)
    print(json.dumps(told, ensure_ascii=False))


def _all(eyes: model.Eyes, photos: list[Path], seconds: float, root: Path | None) -> dict[str, Any]:
    sums = {
        "objects": 0,
        "found": 0,
        "found_without": 0,
        "raised": 0,
        "raised_without": 0,
        "false": 0,
        "false_without": 0,
        "frames": 0,
    }
    spent = 0.0
    for seed, photo in enumerate(photos):
        made = list(over(photo, seconds, FPS, seed))
        with tempfile.TemporaryDirectory() as folder:
            source = film(Path(folder) / "a.mp4", (pixels for pixels, _ in made), FPS)
            began = time.perf_counter()
            frames = list(looked(eyes, video.frames(str(source), video.Tally(), threading.Event())))
            spent += time.perf_counter() - began
        truth = _truth(root, photo) if root else np.zeros((0, 4), np.float32)
        _count(sums, frames, [where for _, where in made], truth)
    minutes = sums["frames"] / FPS / 60
    return {"films": len(photos), **sums, "minutes": round(minutes, 2), "frames_a_second": round(sums["frames"] / spent, 2),
            "false_a_minute": round(sums["false"] / minutes, 3), "false_a_minute_without": round(sums["false_without"] / minutes, 3)}  # fmt: skip


def _truth(root: Path, photo: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    return voc.read(root / "defect" / "labels" / f"{photo.stem}.xml").defects


def _count(sums: dict[str, int], frames: list[Looked], maps: list[Any], truth: Any) -> None:
    """A finding is an object's when it overlaps its box, mapped into the frame, by HIT or more."""
    hits, hits_without = set[int](), set[int]()
    before = None
    for one, (zoom, x, y) in zip(frames, maps, strict=True):
        here = truth * zoom + np.array([x, y, x, y], np.float32)
        raised = np.array([r.box for r in one.raised], np.float32).reshape(-1, 4)
        now, by = motion.small(one.frame.pixels)
        fresh = one.seen.boxes
        if before is not None and len(fresh) and len(before[1]):
            dx, dy = motion.shift(before[0], now)
            fresh = fresh[
                overlaps(fresh, before[1] + np.array([dx, dy, dx, dy], np.float32) * by).max(axis=1)
                < temporal.SAME
            ]
        before = (now, one.seen.boxes)
        for boxes, objects, name in ((raised, hits, ""), (fresh, hits_without, "_without")):
            is_hit = overlaps(boxes, here) >= HIT
            sums[f"raised{name}"] += len(boxes)
            sums[f"false{name}"] += int((~is_hit.any(axis=1)).sum())
            objects |= set(np.flatnonzero(is_hit.any(axis=0)).tolist())
    sums["objects"] += len(truth)
    sums["found"] += len(hits)
    sums["found_without"] += len(hits_without)
    sums["frames"] += len(frames)


if __name__ == "__main__":
    main()
