"""`mumian powerline inspect`: photographs of a flight into this home, judged and reduced."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from mumian.core.kernel import settings
from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.domain.naming import fault_of


def inspect(
    images: Path, line: str | None, origin: str, model: str | None, record: Path | None = None, plan: Path | None = None,
    verified: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Judge the photographs below `images` and put what was seen before the reviewers of this home.

    record, plan  the flight's record and the plan that was flown: photographs are bound to its shots
    verified      where the ids of the shots that were seen are written, for `resume --verified`
    """
    from rich.console import Console
    from rich.progress import Progress

    from mumian.core.store import open_home
    from mumian.scenarios.powerline.act.triage.inspect import inspect as judge
    from mumian.scenarios.powerline.act.triage.placing import flown
    from mumian.scenarios.powerline.understand.eyes import pictures

    by = flown(record, plan, line)
    named = _line(line, None if by is None else by.plan.line)
    total = len(pictures.photographs(images))
    with (
        open_home(settings.load()) as store,
        Progress(console=Console(file=sys.stderr), disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task("inspect", total=total)
        told = judge(store, images, named, origin, model, lambda: bar.advance(task), by)
    if verified is not None:
        _write(verified, told.get("verified", []))
    return told


def follow(
    images: Path, line: str | None, origin: str, model: str | None, record: Path | None = None, plan: Path | None = None,
    verified: Path | None = None, until_idle_s: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Judge photographs as they come into `images`, one line of JSON each on stderr, until SIGTERM, Ctrl-C or nothing came for long.

    The record may not be there yet when the flight begins. Raises BadInput.
    """
    from mumian.core.store import open_home
    from mumian.scenarios.powerline.act.triage import follow as following
    from mumian.scenarios.powerline.act.triage.inspect import known
    from mumian.scenarios.powerline.act.triage.placing import flown
    from mumian.scenarios.powerline.understand.eyes import model as eyes_model

    known(origin)
    if not images.is_dir():
        raise BadInput(
            detail=f"There is no folder {images}: make it, or name the one that the photographs come into"
        )
    by = flown(record, plan, line, in_flight=True)
    named, stop = _line(line, None if by is None else by.plan.line), threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())

    def said(row: dict[str, Any]) -> None:
        print(json.dumps(row, ensure_ascii=False), file=sys.stderr, flush=True)

    with open_home(settings.load()) as store:
        one = following.Follow(store, images, named, origin, eyes_model.load(model), by, said)
        told = following.run(one, until_idle_s, lambda seconds: _wait(stop, seconds), stop.is_set)
    if verified is not None:
        _write(verified, told.get("verified", []))
    return told


def _wait(stop: threading.Event, seconds: float) -> None:
    stop.wait(seconds)


def _line(line: str | None, of_plan: str | None) -> str:
    named = line or of_plan
    if not named:
        raise BadInput(detail="Which line was flown? Name it with --line, or give --record and --plan")
    checked(named)
    return named


def checked(line: str) -> None:
    """BadInput for a name that people cannot read."""
    if fault := fault_of(line):
        raise BadInput(detail=f"--line {fault}: give the line's name")


def _write(path: Path, shots: list[str]) -> None:
    try:
        path.write_text(json.dumps(shots, ensure_ascii=False) + "\n", "utf-8")
    except OSError as fault:
        raise BadInput(detail=f"cannot write {path}: {fault.strerror}") from None
