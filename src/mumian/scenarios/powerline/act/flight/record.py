"""The record of a flight (JSON lines, one event each) and the journal beside it, from which a killed process goes on.

Record: `{"time": ISO 8601 UTC, "kind": …, …}`. Journal: the same form, on disk (fsync) before a command leaves, so that a
process that is started again knows what may have been sent. A full disk stops neither the flight nor the watching.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, Any

from mumian.core.kernel.clock import SystemClock, iso_us
from mumian.core.kernel.errors import BadInput, Unavailable


class Record:
    """Appends; `failed` holds the first reason why a line could not be written."""

    def __init__(self, path: Path) -> None:
        self.path, self.failed = path, ""
        self._clock = SystemClock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _end_line(path)
            self._file: IO[str] = path.open("a", encoding="utf-8")
        except OSError as fault:
            raise BadInput(
                detail=f"The record {path} cannot be written ({fault.strerror}): choose another place with --record"
            ) from None

    def write(self, kind: str, at_us: int | None = None, **facts: Any) -> None:
        """One event, at `at_us` (now, if none is given)."""
        stamp = iso_us(at_us if at_us is not None else self._clock.now_us())
        try:
            self._file.write(json.dumps({"time": stamp, "kind": kind, **facts}, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as fault:
            self.failed = self.failed or (fault.strerror or str(fault))

    def sync(self) -> None:
        """Onto the disk."""
        try:
            os.fsync(self._file.fileno())
        except OSError as fault:
            self.failed = self.failed or (fault.strerror or str(fault))

    def rows(self) -> list[dict[str, Any]]:
        """All whole lines that stand in it."""
        return _read(self.path)

    def close(self) -> None:
        self.sync()
        self._file.close()


class Journal:
    """What this flight has already ordered. Steps: begun, uploaded, order, started, ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.steps = _read(path)

    @property
    def is_open(self) -> bool:
        """A flight was begun here and not ended."""
        return bool(self.steps) and self.steps[-1].get("step") != "ended"

    @property
    def begun(self) -> dict[str, Any]:
        """The flight's first line; empty when there is none."""
        return self.steps[0] if self.steps else {}

    def has(self, step: str, **facts: Any) -> bool:
        return any(
            row.get("step") == step and all(row.get(k) == v for k, v in facts.items()) for row in self.steps
        )

    @property
    def has_flown(self) -> bool:
        """An order to arm may have left: the vehicle may be flying."""
        return self.has("order", command=400)

    def resumes(self, plan_sha256: str) -> bool:
        """Whether this very plan may be in the air: its watching is taken up, nothing is ordered again."""
        return self.is_open and self.has_flown and self.begun.get("plan_sha256") == plan_sha256

    def restart(self) -> None:
        """Forget an earlier flight: a new one begins."""
        self.steps = []
        self.path.unlink(missing_ok=True)

    def add(self, step: str, **facts: Any) -> None:
        """Write a step and wait until the disk has it; Unavailable where it cannot be kept."""
        row = {"time": iso_us(SystemClock().now_us()), "step": step, **facts}
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            raise Unavailable(part=str(self.path), detail=fault.strerror or str(fault)) from fault
        self.steps.append(row)


def _end_line(path: Path) -> None:
    """A line that a kill cut off gets its end, so that what follows is not lost with it."""
    if path.exists() and path.stat().st_size and path.read_bytes()[-1:] != b"\n":
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")


def _read(path: Path) -> list[dict[str, Any]]:
    """Whole lines only: the last may have been cut off by a kill, and was then never acted on."""
    if not path.exists():
        return []
    rows = []
    try:
        for line in path.read_text("utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict):
                rows.append(row)
    except OSError as fault:
        raise BadInput(detail=f"The journal {path} cannot be read ({fault.strerror})") from None
    if path.stat().st_size:
        _end_line(path)
    return rows
