"""Recorded trials from archives laid out like ../shared/data/eldercare/falls: wrist (t_ms, x, y, z) and waist (x, y, z).

Arrival stamps of the wrist archive come in bursts; sampling was even, so the rate is the slope of count over time and the
stamps of single samples are not used.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from mumian.core.kernel.errors import BadInput
from mumian.worlds.eldercare.trials import G_MPS2, RATE_HZ, Signal, Source, Trial, resample

_KEY = re.compile(r"(?P<trial>(?P<code>[DF]\d+)_\w+?_R\d+)(?P<sensor>_accel)?")
_WAIST_COUNTS_PER_G = 256
_WRIST_COUNTS_PER_MPS2 = 100
_BEFORE_PEAK_S, _AFTER_PEAK_S = 2.0, 1.0


def source(files: Sequence[Path]) -> Source:
    """All trials of these archives. Raises BadInput when one is not such an archive."""
    where: dict[str, tuple[Path, str]] = {}
    for file in files:
        for key in _keys(file):
            where[f"{file.stem}:{key.removesuffix('_accel')}"] = (file, key)
    stamps = {file: _stamps(file) for file in files}
    falls = tuple(sorted(n for n in where if n.partition(":")[2].startswith("F")))
    everyday = tuple(sorted(set(where) - set(falls)))
    if not everyday:
        raise BadInput(
            detail=f"{', '.join(map(str, files))}: no everyday trial (keys such as D01_U01_R01_accel)"
        )
    archives = {file: np.load(file) for file in files}

    @lru_cache(maxsize=4096)  # 24 kB a wrist trial
    def load(name: str) -> Trial:
        file, key = where[name]
        return trial(name, np.asarray(archives[file][key]), stamps[file].get(key.removesuffix("_accel")))

    return Source("replay", everyday, falls, load)


def trial(name: str, counts: np.ndarray, stamped: tuple[float, float] | None) -> Trial:
    """One array of an archive as a trial. A fall without stamps is placed around the largest acceleration, which is right
    for most recordings and wrong for some.
    """
    if counts.ndim != 2 or counts.shape[1] not in (3, 4) or len(counts) < RATE_HZ:
        raise BadInput(
            detail=f"{name}: shape {counts.shape}; (n, 4) with t_ms or (n, 3) of at least 1 s is meant"
        )
    signal, rate_hz = _wrist(counts) if counts.shape[1] == 4 else _waist(counts)
    even = resample(signal, rate_hz)
    if not name.partition(":")[2].startswith("F"):
        return Trial(name, even, None)
    return Trial(name, even, stamped or _around_peak(even))


def _wrist(counts: np.ndarray) -> tuple[Signal, float]:
    number = np.arange(len(counts)) - (len(counts) - 1) / 2
    stamp_s = (counts[:, 0] - counts[:, 0].mean()) / 1000
    rate_hz = float(number @ number / max(number @ stamp_s, 1e-9))  # least squares of stamp over number
    if not 10 <= rate_hz <= 200:
        rate_hz = float(RATE_HZ)
    return counts[:, 1:4] / _WRIST_COUNTS_PER_MPS2, rate_hz


def _waist(counts: np.ndarray) -> tuple[Signal, float]:
    return counts / _WAIST_COUNTS_PER_G * G_MPS2, float(RATE_HZ)


def _around_peak(signal: Signal) -> tuple[float, float]:
    peak_s = float(np.argmax(np.linalg.norm(signal, axis=1))) / RATE_HZ
    return max(0.0, peak_s - _BEFORE_PEAK_S), min(len(signal) / RATE_HZ, peak_s + _AFTER_PEAK_S)


def _keys(file: Path) -> list[str]:
    try:
        with np.load(file) as archive:
            names = list(archive.files)
    except (OSError, ValueError) as error:
        raise BadInput(detail=f"{file}: not an .npz archive of recordings ({error})") from None
    return [n for n in names if _KEY.fullmatch(n)]


def _stamps(file: Path) -> dict[str, tuple[float, float]]:
    """Key → (from, until) in seconds, from `*fall_timestamps.csv` beside the archive; empty where there is none."""
    out: dict[str, tuple[float, float]] = {}
    prefix = file.stem.split("_")[0]
    for table in sorted(file.parent.glob(f"{prefix}*fall_timestamps.csv")):
        with table.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                out[row["filename"].replace("/", "_")] = (float(row["start_time"]), float(row["end_time"]))
    return out
