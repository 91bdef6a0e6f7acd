"""One threshold, chosen on families that the scoring network never met, by a rule fixed before any figure was taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mumian.scenarios.powerline.understand.eyes.boxes import Scores
from mumian.scenarios.powerline.understand.eyes.figures import OVERLAPS, Judged, judge, matched
from mumian.scenarios.powerline.understand.eyes.sight import Detections
from mumian.scenarios.powerline.understand.eyes.training.weights import Kernel

if TYPE_CHECKING:
    from mumian.scenarios.powerline.understand.eyes.training.protocol import Scored

ALLOWED = 0.05  # false alarms per photograph, half of what the goal allows, with and without defect alike
KEPT = 0.95
_CANDIDATES = np.round(np.arange(0.1, 0.91, 0.01), 2)
RULE = (
    f"among thresholds with at most {ALLOWED:g} false alarms per photograph, with defects and without alike, those "
    "with the highest recall at IoU 0.3; of these the middle one. On families that the scoring network never met"
)


class Chosen(NamedTuple):
    """Thresholds of the two heat maps; the insulator's is shifted onto the defect's, so that one number serves both."""

    defect: float
    insulator: float


def choose(scored: Sequence[Scored]) -> Chosen:
    """By RULE for defects; for insulators as `_insulator` says."""
    recalls, alarms = [], []
    for candidate in _CANDIDATES.tolist():
        judged = [judge(one.scene, one.sight, candidate) for one in scored]
        recalls.append(sum(one.found[0] for one in judged))
        alarms.append(max(_alarms(judged, broken=True), _alarms(judged, broken=False)))
    quiet = np.array(alarms) <= ALLOWED
    if not quiet.any():
        quiet = np.array(alarms) == min(alarms)
    best = np.flatnonzero(quiet & (np.array(recalls) == np.array(recalls)[quiet].max()))
    return Chosen(float(_CANDIDATES[best[len(best) // 2]]), _insulator(scored))


def aligned(kernels: Mapping[str, Kernel], chosen: Chosen) -> dict[str, Kernel]:
    """Weights whose insulator heat passes the defect threshold where it passed its own."""
    weight, bias = kernels["insulator.heat"]
    return {**kernels, "insulator.heat": Kernel(weight, (bias + np.float32(_shift(chosen))))}


def shifted(scored: Iterable[Scored], chosen: Chosen) -> list[Scored]:
    """The same for scores already taken."""
    moved = []
    for one in scored:
        strands = one.sight["insulator"]
        scores = np.asarray(1 / (1 + np.exp(-_logit(strands.scores) - _shift(chosen))), np.float32)
        moved.append(one._replace(sight={**one.sight, "insulator": Detections(strands.boxes, scores)}))
    return moved


def _shift(chosen: Chosen) -> float:
    defect, insulator = _logit(np.array(chosen, np.float32)).tolist()
    return float(defect - insulator)


def _logit(share: Scores) -> Scores:
    inner = np.clip(share, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inner / (1 - inner)), np.float32)


def _alarms(judged: Sequence[Judged], *, broken: bool) -> float:
    group = [one for one in judged if (one.shown > 0) == broken]
    return sum(one.false_alarms[0] for one in group) / len(group) if group else 0.0


def _insulator(scored: Sequence[Scored]) -> float:
    """The highest threshold that keeps KEPT of the insulators found at any: precision is no guide, since the recordings
    leave strings in the background without a box.
    """
    found = [_strands_found(scored, candidate) for candidate in _CANDIDATES.tolist()]
    kept = np.flatnonzero(np.array(found) >= KEPT * max(found))
    return float(_CANDIDATES[kept[-1]]) if max(found) else 0.5


def _strands_found(scored: Sequence[Scored], candidate: float) -> int:
    above = [one.sight["insulator"].above(candidate) for one in scored]
    return sum(len(matched(o.scene.insulators, a, OVERLAPS[0])) for o, a in zip(scored, above, strict=True))
