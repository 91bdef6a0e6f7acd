"""From scores to figures: which falls were found and how often an alarm was false, per group of people.

A recording counts as found if one of its impacts is reported; a false alarm is a report in an everyday recording,
counted per hour of such recordings. Reports follow the detector's own rule: one for the same fall.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mumian.core.understand.evaluation import Interval, rate_interval, wilson
from mumian.scenarios.eldercare.understand.falls.detector import QUIET_US

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from mumian.scenarios.eldercare.understand.falls.archive import Recording
    from mumian.scenarios.eldercare.understand.falls.examples import Examples


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one group of recordings, and the figures that follow from them."""

    falls: int
    found: int
    everyday: int
    disturbed: int  # everyday recordings with at least one false alarm
    false_alarms: int
    hours: float  # of everyday recordings

    @property
    def recall(self) -> Interval:
        """Share of falls found, with Wilson's 95 % interval."""
        return wilson(self.found, self.falls)

    @property
    def per_hour(self) -> Interval:
        """False alarms per hour of these (dense) activities, with the exact Poisson 95 % interval."""
        return rate_interval(self.false_alarms, self.hours)

    @property
    def disturbed_share(self) -> Interval:
        """Share of everyday recordings with a false alarm, with Wilson's 95 % interval."""
        return wilson(self.disturbed, self.everyday)


def reported(found: Examples, over: NDArray[np.bool_]) -> Counter[int]:
    """How many alarms each recording (its number) raises if the impacts marked in `over`, (n,), pass the threshold."""
    alarms: Counter[int] = Counter()
    last: dict[int, float] = {}
    for number, impact_s in zip(found.of[over].tolist(), found.impact_s[over].tolist(), strict=True):
        if impact_s - last.get(number, -np.inf) >= QUIET_US / 1e6:
            alarms[number] += 1
            last[number] = impact_s
    return alarms


def tally(recordings: Sequence[Recording], alarms: Counter[int], members: Iterable[int]) -> Tally:
    """Count over the recordings with the given numbers."""
    chosen = list(members)
    falls = [number for number in chosen if recordings[number].is_fall]
    everyday = [number for number in chosen if not recordings[number].is_fall]
    return Tally(
        falls=len(falls),
        found=sum(alarms[number] > 0 for number in falls),
        everyday=len(everyday),
        disturbed=sum(alarms[number] > 0 for number in everyday),
        false_alarms=sum(alarms[number] for number in everyday),
        hours=sum(recordings[number].lasts_s for number in everyday) / 3600,
    )


def elders(recordings: Sequence[Recording]) -> NDArray[np.bool_]:
    """(recordings,) whether an elder moves, by the names of WEDA-FALL (U21 and on) and SisFall (SE…)."""
    return np.array(
        [one.subject.startswith("SE") or ("U21" <= one.subject < "U99") for one in recordings], np.bool_
    )
