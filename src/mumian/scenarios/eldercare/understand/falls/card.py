"""The card of a model: all that one must know to judge, to repeat or to refuse it. Written beside the ONNX file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mumian.scenarios.eldercare.understand.falls.candidates import AFTER, BEFORE, TRIGGER_MPS2
from mumian.scenarios.eldercare.understand.falls.signal import CELL_S, GRID_HZ
from mumian.scenarios.eldercare.understand.falls.thresholds import SLOW_BELOW_HZ, Thresholds
from mumian.scenarios.eldercare.understand.falls.traces import CHANNELS, LENGTH
from mumian.scenarios.eldercare.understand.falls.train import ALLOWED_PER_HOUR, COPIES, TOGETHER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from mumian.core.understand.evaluation import Interval
    from mumian.scenarios.eldercare.understand.falls.archive import Recording
    from mumian.scenarios.eldercare.understand.falls.figures import Tally


def card(
    name: str,
    on: date,
    sources: Sequence[Path],
    recordings: Sequence[Recording],
    thresholds: Thresholds,
    network: bytes,
) -> dict[str, Any]:
    """The card without its evaluation."""
    digest = hashlib.sha256(network).hexdigest()
    return {
        "name": name,
        "version": f"{on:%Y.%m.%d}-{digest[:8]}",
        "date": on.isoformat(),
        "sha256": digest,
        "recognises": "falls from acceleration of wrist or waist, 20 to 50 Hz, gravity included; no gyroscope",
        "threshold": thresholds.full,
        "threshold_slow": thresholds.slow,
        "slow_below_hz": SLOW_BELOW_HZ,
        "threshold_rule": f"lowest with at most {ALLOWED_PER_HOUR:g} false alarms per hour of everyday recordings in each "
        "layout, by cross-validation over the training subjects; the slow one on their recordings thinned to 20 Hz",
        "decides_after_s": AFTER * CELL_S,
        "inputs": {
            "grid_hz": GRID_HZ,
            "window_s": [-BEFORE * CELL_S, AFTER * CELL_S],
            "trigger_mps2": TRIGGER_MPS2,
            "traces": list(CHANNELS),
            "length": LENGTH,
        },
        "method": f"mean logit of {TOGETHER} dense networks, each recording taught as {COPIES + 1} devices",
        "trained_on": {
            "archives": [{"file": source.name, "sha256": _digest(source)} for source in sources],
            "recordings": len(recordings),
            "falls": sum(recording.is_fall for recording in recordings),
            "subjects": sorted({recording.subject for recording in recordings}),
        },
        "licence": "The recordings of WEDA-FALL and SisFall carry no licence and are not part of this model's package. "
        "The weights are learned from them and ship with this card; to train from recordings of your own, run the command.",
        "command": "mumian eldercare train-falls RECORDINGS.npz … --out DIR",
        "limits": "All falls are staged by young volunteers; no real fall of an elder was available. "
        "Not a medical device.",
    }


def figures(groups: Mapping[str, Tally]) -> dict[str, dict[str, Any]]:
    """Tallies as the card keeps them: counts, and figures between their 95 % bounds."""
    return {
        group: {
            **({"recall": {"found": t.found, "of": t.falls, **_bounds(t.recall)}} if t.falls else {}),
            "false_alarms": {
                "count": t.false_alarms,
                "hours": round(t.hours, 3),
                "per_hour": _bounds(t.per_hour),
            },
            "everyday": {"disturbed": t.disturbed, "of": t.everyday, **_bounds(t.disturbed_share)},
        }
        for group, t in groups.items()
    }


def _bounds(interval: Interval) -> dict[str, float]:
    return {key: round(bound, 4) for key, bound in interval._asdict().items()}


def _digest(source: Path) -> str:
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
