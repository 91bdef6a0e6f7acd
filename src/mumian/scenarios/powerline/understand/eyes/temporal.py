"""A vote over consecutive frames: a defect is told when it was seen in two of three, and then once.

A pure step over explicit state. Boxes are carried along by the picture's own motion (`motion`) before they are held against what is seen
now; the best overlaps are joined first, each box with one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mumian.scenarios.powerline.understand.eyes.boxes import overlaps
from mumian.scenarios.powerline.understand.eyes.sight import Detections

NEEDED, WINDOW = 2, 3
SAME = 0.3  # intersection over union from which two boxes are one object's
REMEMBERED = 15  # judged frames for which an object that was told is known again: 3 s at 5 a second

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Track:
    """One object: where it is now, and in which of the last judged frames (the newest last) it was seen."""

    number: int
    box: Box
    seen: tuple[bool, ...]
    is_told: bool = False
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered between two judged frames."""

    tracks: tuple[Track, ...] = ()
    next: int = 1


@dataclass(frozen=True, slots=True)
class Raised:
    """An object that has just been seen often enough: `n` of the last `of` frames."""

    track: int
    box: Box
    score: float
    n: int
    of: int


def step(
    state: State, seen: Detections, moved: tuple[float, float] = (0.0, 0.0)
) -> tuple[State, list[Raised]]:
    """The next judged frame: `seen` are its detections, `moved` is by how many pixels (x, y) the picture shifted since the last one."""
    tracks = [replace(track, box=_shifted(track.box, moved)) for track in state.tracks]
    joined = _joined(tracks, seen)
    kept, raised = list[Track](), list[Raised]()
    for k, track in enumerate(tracks):
        after = _after(track, seen, joined.get(k))
        if not after.is_told and sum(after.seen) >= NEEDED:
            after = replace(after, is_told=True)
            raised.append(
                Raised(
                    after.number, after.box, float(seen.scores[joined[k]]), sum(after.seen), len(after.seen)
                )
            )
        if any(after.seen) or (after.is_told and after.unseen <= REMEMBERED):
            kept.append(after)
    fresh = sorted(set(range(len(seen.scores))) - set(joined.values()))
    kept += [Track(state.next + k, _box(seen, number), (True,)) for k, number in enumerate(fresh)]
    return State(tuple(kept), state.next + len(fresh)), raised


def _joined(tracks: list[Track], seen: Detections) -> dict[int, int]:
    """Track → detection, the best overlap first."""
    if not tracks or not len(seen.scores):
        return {}
    alike = overlaps(np.array([track.box for track in tracks], np.float32), seen.boxes)
    found: dict[int, int] = {}
    for flat in np.argsort(-alike, axis=None, kind="stable").tolist():
        track, number = divmod(flat, alike.shape[1])
        if alike[track, number] < SAME:
            break
        if track not in found and number not in found.values():
            found[track] = number
    return found


def _after(track: Track, seen: Detections, number: int | None) -> Track:
    window = (*track.seen, number is not None)[-WINDOW:]
    if number is None:
        return replace(track, seen=window, unseen=track.unseen + 1)
    return replace(track, seen=window, unseen=0, box=_box(seen, number))


def _shifted(box: Box, moved: tuple[float, float]) -> Box:
    x, y = moved
    return (box[0] + x, box[1] + y, box[2] + x, box[3] + y)


def _box(seen: Detections, number: int) -> Box:
    left, top, right, bottom = (float(side) for side in seen.boxes[number])
    return (left, top, right, bottom)
