"""Figures that a stranger may believe: networks and thresholds of each fold never met the people it is judged on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mumian.scenarios.eldercare.understand.falls.figures import Tally, elders, reported, tally
from mumian.scenarios.eldercare.understand.falls.train import (
    FOLDS,
    Material,
    choose_thresholds,
    judge,
    learn,
    subject_folds,
)

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mumian.scenarios.eldercare.understand.falls.examples import Examples
    from mumian.scenarios.eldercare.understand.falls.network import Network
    from mumian.scenarios.eldercare.understand.falls.thresholds import Thresholds

_INNER_FOLDS = 3


@dataclass(frozen=True, slots=True)
class Fold:
    """Networks and thresholds from the recordings that are not `held_out`, (recordings,)."""

    held_out: NDArray[np.bool_]
    networks: list[Network]
    thresholds: Thresholds


def nested(material: Material, among: NDArray[np.bool_], folds: int = FOLDS) -> Iterator[Fold]:
    """Hold out each fold of subjects; choose its thresholds by cross-validation among the others (nested)."""
    for held_out in subject_folds(material, among, folds):
        taught = among & ~held_out
        thresholds = choose_thresholds(material, taught, _INNER_FOLDS)
        yield Fold(held_out & among, learn(material, taught), thresholds)


def transfer(material: Material, taught: NDArray[np.bool_]) -> Fold:
    """Learn from `taught` alone, thresholds included, and hold out everything else."""
    return Fold(~taught, learn(material, taught), choose_thresholds(material, taught))


def alarms(folds: list[Fold], met: Examples, traces: NDArray[np.float32]) -> Counter[int]:
    """How often each recording raises an alarm when judged by the fold that held it out."""
    return reported(met, _over(folds, met, traces))


def by_group(material: Material, raised: Counter[int]) -> dict[str, Tally]:
    """Figures of young and elders, wrist and waist: "wrist young", …, for the groups that there are."""
    old = elders(material.recordings)
    layouts = np.array([recording.layout for recording in material.recordings])
    groups = {
        f"{layout} {age}": np.flatnonzero((layouts == layout) & (old == is_old)).tolist()
        for layout in ("wrist", "waist")
        for age, is_old in (("young", False), ("elders", True))
    }
    return {
        name: tally(material.recordings, raised, members) for name, members in groups.items() if len(members)
    }


def delays(folds: list[Fold], material: Material) -> NDArray[np.float64]:
    """(falls found,) seconds from each fall's loudest impact to the first decision at or after it."""
    met, over, waits = material.met, _over(folds, material.met, material.traces), []
    for loudest in np.flatnonzero(met.fell):
        after = over & (met.of == met.of[loudest]) & (met.decided_s >= met.impact_s[loudest])
        if after.any():
            waits.append(met.decided_s[after].min() - met.impact_s[loudest])
    return np.array(waits)


def _over(folds: list[Fold], met: Examples, traces: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) which impacts pass the threshold of the fold that held their recording out."""
    over = np.zeros(len(met.of), np.bool_)
    for fold in folds:
        judged = fold.held_out[met.of]
        over[judged] = fold.thresholds.passed(judge(fold.networks, traces[judged]), met.rate_hz[judged])
    return over
