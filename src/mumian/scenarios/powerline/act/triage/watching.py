"""A video judged frame by frame: the vote's findings with the frames that show them, as they come."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mumian.scenarios.powerline.act.triage.judging import Judged
from mumian.scenarios.powerline.act.triage.keep import crop, keep
from mumian.scenarios.powerline.observe.camera.exif import NOTHING
from mumian.scenarios.powerline.observe.video import Frame, Tally
from mumian.scenarios.powerline.understand.eyes import detector, motion, temporal
from mumian.scenarios.powerline.understand.eyes.model import Eyes
from mumian.scenarios.powerline.understand.eyes.pictures import Picture
from mumian.scenarios.powerline.understand.eyes.quality import quality
from mumian.scenarios.powerline.understand.eyes.sight import Detections

QUALITY = 92


@dataclass(frozen=True, slots=True)
class Looked:
    """A judged frame: all detections above the threshold, and those that the vote raised on it."""

    frame: Frame
    seen: Detections
    insulators: int
    raised: tuple[temporal.Raised, ...]

    def crop(self, one: temporal.Raised) -> bytes:
        """JPEG of the finding with its surroundings."""
        return _jpeg(crop(self.frame.pixels, np.array(one.box, np.float32)))

    def judged(self) -> Judged:
        """The frame as a photograph of a flight, with what the vote raised on it."""
        height, width = self.frame.pixels.shape[:2]
        data = _jpeg(self.frame.pixels)
        boxes = np.array([one.box for one in self.raised], np.float32).reshape(-1, 4)
        defects = Detections(boxes, np.array([one.score for one in self.raised], np.float32))
        name = f"frame-{self.frame.number:06d}.jpg"
        measured = quality(self.frame.pixels)
        kept = keep(data, self.frame.pixels, boxes, whole=measured.fault is not None)
        return Judged(name, width, height, len(data), kept, defects, self.insulators, measured, NOTHING)


def thinned(frames: Iterable[Frame], rate: float, tally: Tally) -> Iterator[Frame]:
    """At most `rate` frames a second of presentation time; the others are counted as left out."""
    due_s = float("-inf")
    for frame in frames:
        if frame.at_s + 1e-6 < due_s:
            tally.left_out += 1
            continue
        due_s = (
            frame.at_s + 1 / rate
            if due_s == float("-inf") or frame.at_s > due_s + 1 / rate
            else due_s + 1 / rate
        )
        yield frame


def looked(eyes: Eyes, frames: Iterable[Frame]) -> Iterator[Looked]:
    """Each frame judged at the card's threshold and put to the vote."""
    state, before = temporal.State(), None
    for frame in frames:
        sight = detector.detect(eyes, Picture(frame.pixels, 1), eyes.threshold)
        now, by = motion.small(frame.pixels)
        x, y = (0.0, 0.0) if before is None else motion.shift(before, now)
        state, raised = temporal.step(state, sight["defect"], (x * by, y * by))
        before = now
        yield Looked(frame, sight["defect"], len(sight["insulator"].scores), tuple(raised))


def _jpeg(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
