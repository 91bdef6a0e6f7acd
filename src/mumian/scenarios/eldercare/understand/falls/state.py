"""What the detector remembers of one device: 5.2 s of cells, about 2 kB. `advance` is its pure step.

A state can be rebuilt by feeding the last 10 s of stored samples to a new one; after that it answers as the lost one
would. Samples lost for more than half a second start it anew; late and repeated batches are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mumian.scenarios.eldercare.understand.falls.candidates import AFTER, BEFORE, WINDOW, impacts
from mumian.scenarios.eldercare.understand.falls.signal import CELL_S, OpenCell, fill, open_cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mumian.scenarios.eldercare.understand.falls.records import AccelBatch

_SECOND_US = 1_000_000
_JITTER_US = 60_000  # stamps of batches may wander this far without a sample being lost or repeated
_BRIDGED_US = 500_000  # a hole up to this long is bridged by a straight line
_CLOCK_PUT_BACK_US = 600 * _SECOND_US  # older than this is no late batch but a device whose clock was set


@dataclass(frozen=True, slots=True)
class FallState:
    """Immutable; `advance` returns the next one."""

    due_us: int  # when the next sample is expected
    cell: OpenCell
    recent: NDArray[np.float32]  # (WINDOW - 1, 3) m/s²; before the first cell, that first cell repeated
    quiet_until_us: int  # impacts before this belong to a fall already reported


class Candidate(NamedTuple):
    """An impact ripe for a decision: its window of cells, (WINDOW, 3) m/s², and its times."""

    window: NDArray[np.float32]
    impact_us: int
    decided_us: int
    rate_hz: float  # of the batch that made it ripe


def advance(state: FallState | None, batch: AccelBatch) -> tuple[FallState | None, list[Candidate]]:
    """Feed one batch; the state is None for a device never heard before and stays so while nothing has come."""
    placed = _place(state, batch)
    if placed is None:
        return state, []
    state, start_us, samples = placed
    cell, cells = fill(state.cell, samples, batch.rate_hz)
    due_us = start_us + round(len(samples) / batch.rate_hz * _SECOND_US)
    fresh = len(cells.means)
    if not fresh:
        return replace(state, due_us=due_us, cell=cell), []
    means = cells.means.astype(np.float32)
    recent = state.recent if len(state.recent) else np.repeat(means[:1], WINDOW - 1, axis=0)
    track = np.concatenate((recent, means))
    magnitude = np.sqrt(np.einsum("ij,ij->i", track, track))
    ripe = []
    for i in impacts(magnitude, fresh):
        newest = i + AFTER - len(recent)
        impact_us = start_us + round((cells.ends_s[newest] - (AFTER + 0.5) * CELL_S) * _SECOND_US)
        decided_us = start_us + round(int(cells.completed_by[newest]) / batch.rate_hz * _SECOND_US)
        ripe.append(Candidate(track[i - BEFORE : i + AFTER + 1], impact_us, decided_us, batch.rate_hz))
    return FallState(due_us, cell, track[-(WINDOW - 1) :].copy(), state.quiet_until_us), ripe


def _place(state: FallState | None, batch: AccelBatch) -> tuple[FallState, int, NDArray[np.float64]] | None:
    """The batch's new samples, where they stand on the device's time, and the state they continue; None if all are old."""
    samples = batch.samples.astype(np.float64)
    if not len(samples):
        return None
    if state is None:
        return _begin(batch.start_us, batch.rate_hz, samples, quiet_until_us=batch.start_us)
    late_us, step_us = state.due_us - batch.start_us, _SECOND_US / batch.rate_hz
    if late_us > _CLOCK_PUT_BACK_US:
        return _begin(batch.start_us, batch.rate_hz, samples, quiet_until_us=batch.start_us)
    if late_us > _JITTER_US:
        seen = round(late_us / step_us)
        return (
            (state, batch.start_us + round(seen * step_us), samples[seen:]) if seen < len(samples) else None
        )
    if late_us < -_BRIDGED_US:
        return _begin(batch.start_us, batch.rate_hz, samples, state.quiet_until_us)
    if late_us < -_JITTER_US:
        lost = round(-late_us / step_us)
        line = np.linspace(state.cell.last, samples[0], lost + 2)[1:-1]
        return state, batch.start_us - round(lost * step_us), np.concatenate((line, samples))
    return state, batch.start_us, samples


def _begin(
    start_us: int, rate_hz: float, samples: NDArray[np.float64], quiet_until_us: int
) -> tuple[FallState, int, NDArray[np.float64]] | None:
    """A new state that holds the first sample; the rest is still to be fed."""
    due_us = start_us + round(_SECOND_US / rate_hz)
    state = FallState(due_us, open_cell(samples[0]), np.empty((0, 3), np.float32), quiet_until_us)
    return state, due_us, samples[1:]
