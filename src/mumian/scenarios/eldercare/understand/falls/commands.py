"""`mumian eldercare detect-falls` and `train-falls`: files in, files out; no service, home or database."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mumian.core.kernel import files
from mumian.core.kernel.errors import BadInput
from mumian.scenarios.eldercare.understand.falls.archive import RecordingUnreadable, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mumian.scenarios.eldercare.understand.falls.archive import Recording


def detect_falls(recordings: Path, out: Path, model: str | None = None) -> int:
    """Write one JSON line a detection to `out`; returns how many. RecordingUnreadable and ModelUnusable are ValueErrors.

    The lines appear only when all are there: a failed run leaves an earlier `out` as it was. A recording that cannot be
    read is named on stderr and left out; the archive is refused only when none can.
    """
    from mumian.scenarios.eldercare.understand.falls.detector import load_detector
    from mumian.scenarios.eldercare.understand.falls.replay import detect

    if not out.parent.is_dir():
        raise BadInput(detail=f"There is no folder {out.parent} to write {out.name} into: make it first")
    refused: list[RecordingUnreadable] = []
    streamed = 0

    def recorded() -> Iterator[Recording]:
        nonlocal streamed
        for recording in read(recordings, refused):
            streamed += 1
            yield recording

    lines = [
        json.dumps(
            {"recording": name, "subject": subject, "time_s": round(time_s, 3), "score": round(score, 4)}
        )
        for name, subject, time_s, score, _ in detect(load_detector(model), recorded())
    ]
    if refused and not streamed:
        raise refused[0]
    for fault in refused:
        sys.stderr.write(f"mumian: left out: {fault}\n")
    files.write(out, "".join(line + "\n" for line in lines))
    return len(lines)


def train_falls(recordings: list[Path], out: Path, name: str | None = None) -> dict[str, Any]:
    """Train on archives whose keys tell falls (F…) from everyday life; writes `model.onnx` and `card.json` into `out`.

    The card's figures are nested: no fold's networks or thresholds met the people it is judged on. Returns the card.
    """
    import numpy as np

    from mumian.scenarios.eldercare.understand.falls.card import card, figures
    from mumian.scenarios.eldercare.understand.falls.evaluate import alarms, by_group, nested
    from mumian.scenarios.eldercare.understand.falls.export import to_onnx
    from mumian.scenarios.eldercare.understand.falls.train import choose_thresholds, gather, learn

    trials = [recording for path in recordings for recording in read(path)]
    material, everyone = gather(trials), np.ones(len(trials), np.bool_)
    thresholds = choose_thresholds(material, everyone)
    network = to_onnx(learn(material, everyone))
    made = card(name or out.resolve().name, datetime.now(UTC).date(), recordings, trials, thresholds, network)
    raised = alarms(list(nested(material, everyone)), material.met, material.traces)
    made["evaluation"] = {
        "method": "nested cross-validation over subjects",
        "groups": figures(by_group(material, raised)),
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.onnx").write_bytes(network)
    (out / "card.json").write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return made
