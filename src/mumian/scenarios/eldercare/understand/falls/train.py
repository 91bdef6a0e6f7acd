"""Training anew: recordings → lessons on many devices → networks → a threshold fixed before any test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.eldercare.understand.falls.examples import Examples, examples
from mumian.scenarios.eldercare.understand.falls.figures import reported, tally
from mumian.scenarios.eldercare.understand.falls.network import Network, fit
from mumian.scenarios.eldercare.understand.falls.thresholds import Thresholds
from mumian.scenarios.eldercare.understand.falls.traces import trace
from mumian.scenarios.eldercare.understand.falls.variation import as_other_device, as_slow_device, hold_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mumian.scenarios.eldercare.understand.falls.archive import Recording

COPIES = 6  # other devices imagined for each recording
TOGETHER = 3  # networks whose mean logit is the score
FOLDS = 5
ALLOWED_PER_HOUR = 7.0  # false alarms among training subjects, per hour of everyday recordings of each layout
_SEED = 20261125


@dataclass(frozen=True, slots=True)
class Material:
    """Recordings, their impacts as recorded (to be judged on) and on many devices (to be taught with)."""

    recordings: Sequence[Recording]
    met: Examples
    traces: NDArray[np.float32]  # (n, LENGTH) of `met`
    slow: Examples  # as a device of 20 Hz would have met them
    slow_traces: NDArray[np.float32]
    lessons: NDArray[np.float32]  # (m, LENGTH)
    lesson_of: NDArray[np.int64]  # (m,) which recording
    lesson_fell: NDArray[np.bool_]  # (m,)

    @property
    def subjects(self) -> NDArray[np.str_]:
        """(recordings,) who moves."""
        return np.array([recording.subject for recording in self.recordings])


def gather(recordings: Sequence[Recording]) -> Material:
    """Impacts of each recording as it is and as COPIES other devices would have recorded it."""
    rng = np.random.default_rng(_SEED)
    met = examples(recordings)
    taught = [met, *(examples([as_other_device(one, rng) for one in recordings]) for _ in range(COPIES))]
    slow = examples([as_slow_device(one, rng) for one in recordings])
    lessons = [trace(hold_start(one.windows[one.teaches], rng)) for one in taught]
    return Material(
        recordings,
        met,
        trace(met.windows),
        slow,
        trace(slow.windows),
        np.concatenate(lessons),
        np.concatenate([one.of[one.teaches] for one in taught]),
        np.concatenate([one.fell[one.teaches] for one in taught]),
    )


def learn(material: Material, among: NDArray[np.bool_]) -> list[Network]:
    """Networks taught with the recordings marked in `among`, (recordings,)."""
    chosen = among[material.lesson_of]
    lessons, fell = material.lessons[chosen], material.lesson_fell[chosen]
    if not fell.any() or fell.all():
        raise BadInput(
            detail="Training needs falls (activity F…) and everyday recordings with impacts above 1.4 g"
        )
    return [fit(lessons, fell, seed) for seed in range(TOGETHER)]


def judge(networks: Sequence[Network], traces: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,) scores of traces (n, LENGTH), as the exported file computes them."""
    logits = np.mean([network.logits(traces) for network in networks], axis=0, dtype=np.float64)
    return np.asarray(1 / (1 + np.exp(-logits)))


def choose_thresholds(material: Material, among: NDArray[np.bool_], folds: int = FOLDS) -> Thresholds:
    """By cross-validation over the subjects in `among`: networks judge only whom they never met."""
    full, slow = np.zeros(len(material.met.of)), np.zeros(len(material.slow.of))
    for held_out in subject_folds(material, among, folds):
        networks = learn(material, among & ~held_out)
        for scores, met, traces in (
            (full, material.met, material.traces),
            (slow, material.slow, material.slow_traces),
        ):
            judged = (among & held_out)[met.of]
            scores[judged] = judge(networks, traces[judged])
    return Thresholds(
        *(lowest(material, met, s, among) for met, s in ((material.met, full), (material.slow, slow)))
    )


def subject_folds(material: Material, among: NDArray[np.bool_], folds: int) -> list[NDArray[np.bool_]]:
    """Recordings of each fold, (recordings,): whole subjects, dealt in the order of their names."""
    subjects = sorted(set(material.subjects[among]))
    if len(subjects) < 2:
        raise BadInput(
            detail="Training needs at least three subjects: one to teach, one to choose the threshold on, one to judge on"
        )
    return [np.isin(material.subjects, subjects[first::folds]) for first in range(min(folds, len(subjects)))]


def lowest(material: Material, met: Examples, scores: NDArray[np.float64], among: NDArray[np.bool_]) -> float:
    """The lowest threshold for the scores of `met`, (n,), at which no layout has more than ALLOWED_PER_HOUR false alarms among these recordings."""
    chosen: list[int] = np.flatnonzero(among).tolist()
    layouts = {material.recordings[number].layout for number in chosen}
    groups = [[n for n in chosen if material.recordings[n].layout == layout] for layout in sorted(layouts)]
    for threshold in np.arange(0.2, 0.99, 0.01):
        alarms = reported(met, scores >= threshold)
        if all(
            tally(material.recordings, alarms, group).per_hour.value <= ALLOWED_PER_HOUR for group in groups
        ):
            return round(float(threshold), 2)
    return 0.99
