"""The same movement as another device would have recorded it, so that the network learns falls and not devices.

Trained on WEDA-FALL and SisFall as they are, a model can tell the two by rate and noise floor and then learn
"at the waist nobody claps". Each copy gets another rate, sampling, range, gain, noise and resolution.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mumian.scenarios.eldercare.understand.falls.archive import STANDARD_GRAVITY, Recording
from mumian.scenarios.eldercare.understand.falls.candidates import BEFORE
from mumian.scenarios.eldercare.understand.falls.thresholds import SLOW_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATES_HZ = (18.5, 20.0, 22.0, 25.0, 31.25, 32.0, 40.0)
RANGES_G = (2.0, 2.0, 4.0, 8.0)
NOISES_MPS2 = (0.1, 0.2, 0.3)
STEPS_MPS2 = (0.1, 0.3, 0.6)


def as_other_device(recording: Recording, rng: np.random.Generator) -> Recording:
    """A copy by a brisker or slower, harder or softer mover, with gain ±10 % and, each by chance, other sampling."""
    rate_hz = even_rate_hz(recording) * rng.uniform(0.85, 1.18)
    gain = 1 + rng.uniform(-0.1, 0.1) + rng.uniform(-0.03, 0.03, 3)
    samples = harder(recording.samples, np.exp(rng.uniform(-0.35, 0.35))) * gain + rng.normal(0, 0.2, 3)
    if rng.random() < 0.75 and (lower := float(rng.choice(RATES_HZ))) < rate_hz:
        samples, rate_hz = thin(samples, rate_hz, lower, rng), lower
    if rng.random() < 0.5:
        samples = clip(samples, float(rng.choice(RANGES_G)))
    if rng.random() < 0.7:
        samples = samples + rng.normal(0, rng.choice(NOISES_MPS2), samples.shape)
    if rng.random() < 0.3:
        step = rng.choice(STEPS_MPS2)
        samples = np.round(samples / step) * step
    return evenly(recording, samples, rate_hz)


def as_slow_device(recording: Recording, rng: np.random.Generator) -> Recording:
    """The same movement at 20 Hz and nothing else changed: what the slow threshold is chosen on."""
    rate_hz = even_rate_hz(recording)
    if rate_hz <= SLOW_HZ:
        return recording
    return evenly(recording, thin(recording.samples, rate_hz, SLOW_HZ, rng), SLOW_HZ)


def hold_start(windows: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Half of the windows, (n, WINDOW, 3), as if the recording had begun in their first 2.5 s: the cell of then repeated.

    Staged falls come late in their recordings; without this the network learns that a fall is what comes late.
    """
    begins = np.where(rng.random(len(windows)) < 0.5, rng.integers(1, BEFORE - 13, len(windows)), 0)
    shown = np.maximum(np.arange(windows.shape[1]), begins[:, None])
    return windows[np.arange(len(windows))[:, None], shown]


def even_rate_hz(recording: Recording) -> float:
    """The rate over the whole recording; only training may look at it all."""
    return recording.rate_hz or (len(recording.samples) - 1) / recording.lasts_s


def evenly(recording: Recording, samples: NDArray[np.float64], rate_hz: float) -> Recording:
    """The recording with other samples, (n, 3), at even stamps from its first."""
    stamps_s = recording.stamps_s[0] + np.arange(len(samples)) / rate_hz
    return replace(recording, samples=samples, stamps_s=stamps_s, rate_hz=rate_hz)


def harder(samples: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    """The same movement with all that is faster than half a second, thus not gravity, `by` times as strong."""
    over = 25
    held = np.pad(samples, ((over // 2 + 1, over // 2), (0, 0)), mode="edge").cumsum(axis=0)
    slow = (held[over:] - held[:-over]) / over
    return np.asarray(slow + (samples - slow) * by)


def clip(samples: NDArray[np.float64], range_g: float) -> NDArray[np.float64]:
    """What a sensor of ± `range_g` would have shown."""
    return np.clip(samples, -range_g * STANDARD_GRAVITY, range_g * STANDARD_GRAVITY)


def thin(
    samples: NDArray[np.float64], rate_hz: float, lower_hz: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """At a lower rate as real sensors do it: by chance points between samples, nearest samples, or means of a step."""
    manner, step = rng.integers(3), rate_hz / lower_hz
    place = (np.arange(int((len(samples) - 1) / step) - 1) + rng.random()) * step
    if manner == 1:
        place = np.round(place)
    around = (np.arange(8) - 3.5) / 8 * step if manner == 2 else np.zeros(1)
    points = np.clip(place[:, None] + around, 0, len(samples) - 1.001)
    below = points.astype(np.int64)
    part = (points - below)[..., None]
    return np.asarray((samples[below] * (1 - part) + samples[below + 1] * part).mean(axis=1))
