"""`mumian eldercare detect-falls` and `train-falls`: files in, files out; no service, home or database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mumian.scenarios.eldercare.understand.falls.archive import read

if TYPE_CHECKING:
    from pathlib import Path


def detect_falls(recordings: Path, out: Path, model: str | None = None) -> int:
    """Write one JSON line a detection to `out`; returns how many. RecordingUnreadable and ModelUnusable are ValueErrors.

    The lines appear only when all are there: a failed run leaves an earlier `out` as it was.
    """
    from mumian.scenarios.eldercare.understand.falls.detector import load_detector
    from mumian.scenarios.eldercare.understand.falls.replay import detect

    lines = [
        json.dumps({"recording": name, "subject": subject, "time_s": round(time_s, 3), "score": round(score, 4)})
        for name, subject, time_s, score, _ in detect(load_detector(model), read(recordings))
    ]
    partial = out.with_name(out.name + ".partial")
    partial.write_text("".join(line + "\n" for line in lines), "utf-8")
    partial.replace(out)
    return len(lines)
