"""Reading recordings: one `.npz` archive, one array a recording, wrist and waist layouts side by side.

Wrist: `D01_U01_R01_accel`, (n, 4) = arrival stamp in ms, x, y, z in 1/100 m/s²; `…_gyro` may be there and is not read.
Waist: `D01_SA01_R01`, (n, 3) in counts of 1/256 g at 50 Hz. The key's parts are activity (F… = fall), subject, repetition.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mumian.core.kernel.errors import MumianError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

Layout = Literal["wrist", "waist"]
STANDARD_GRAVITY = 9.80665
_WRIST_UNIT = 1 / 100
_WAIST_UNIT = STANDARD_GRAVITY / 256
_WAIST_HZ = 50.0


class RecordingUnreadable(MumianError, ValueError):
    """The archive or one of its arrays is not laid out as the detector reads it."""

    code, status = "recording_unreadable", 422
    zh = "无法读取录制文件 {path}：{fault}。{mend}"
    en = "Cannot read recordings {path}: {fault}. {mend}"


@dataclass(frozen=True, slots=True)
class Recording:
    """One trial. `stamps_s` is the recording's own axis; where `rate_hz` is None the stamps are of arrival, in bursts."""

    name: str
    activity: str
    subject: str
    layout: Layout
    stamps_s: NDArray[np.float64]  # (n,)
    samples: NDArray[np.float64]  # (n, 3) m/s², gravity included
    rate_hz: float | None

    @property
    def is_fall(self) -> bool:
        """Whether the activity's code says that somebody falls (F01 …)."""
        return self.activity.startswith("F")

    @property
    def lasts_s(self) -> float:
        """From the first stamp to the last."""
        return float(self.stamps_s[-1] - self.stamps_s[0])


def read(path: Path, refused: list[RecordingUnreadable] | None = None) -> Iterator[Recording]:
    """Every recording of the archive, in its order; RecordingUnreadable says what is wrong and how to mend it.

    refused  takes the faults of single recordings, which are then left out; without it the first one is raised
    """
    try:
        archive = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        mend = "Hand in an archive written by numpy.savez, one array a recording"
        raise RecordingUnreadable(path=path, fault=str(error), mend=mend) from error
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise RecordingUnreadable(
            path=path, fault="it is a single array", mend="Save it with numpy.savez under a key"
        )
    with archive:
        keys = [key for key in archive.files if not key.endswith("_gyro")]
        if not keys:
            mend = "Add arrays named like D01_U01_R01_accel or D01_SA01_R01"
            raise RecordingUnreadable(path=path, fault="it holds no acceleration", mend=mend)
        for key in keys:
            try:
                yield _recording(path, key, _array(path, archive, key))
            except RecordingUnreadable as fault:
                if refused is None:
                    raise
                refused.append(fault)


def _array(path: Path, archive: np.lib.npyio.NpzFile, key: str) -> NDArray[np.float64]:
    try:
        array = archive[key]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise RecordingUnreadable(
            path=path, fault=f"{key}: {error}", mend="Write the archive anew"
        ) from error
    if array.ndim != 2 or array.shape[1] not in (3, 4) or len(array) < 2:
        mend = "Give (n, 4) = t_ms, x, y, z in 1/100 m/s², or (n, 3) in 1/256 g at 50 Hz, n ≥ 2"
        raise RecordingUnreadable(path=path, fault=f"{key} has shape {array.shape}", mend=mend)
    if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise RecordingUnreadable(
            path=path, fault=f"{key} holds what is not a finite number", mend="Leave it out"
        )
    return array.astype(np.float64)


def _recording(path: Path, key: str, array: NDArray[np.float64]) -> Recording:
    name = key.removesuffix("_accel")
    parts = name.split("_")
    if len(parts) < 2:
        mend = "Name arrays <activity>_<subject>_<repetition>, like D01_U01_R01_accel"
        raise RecordingUnreadable(path=path, fault=f"the key {key} names no subject", mend=mend)
    if array.shape[1] == 3:
        stamps = np.arange(len(array)) / _WAIST_HZ
        return Recording(name, parts[0], parts[1], "waist", stamps, array * _WAIST_UNIT, _WAIST_HZ)
    stamps = array[:, 0] / 1000
    if stamps[-1] <= stamps[0]:
        mend = "Column 0 is the arrival time in ms and must advance"
        raise RecordingUnreadable(path=path, fault=f"{key}: the stamps do not advance", mend=mend)
    return Recording(name, parts[0], parts[1], "wrist", stamps, array[:, 1:] * _WRIST_UNIT, None)
