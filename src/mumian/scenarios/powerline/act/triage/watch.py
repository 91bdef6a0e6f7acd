"""`mumian powerline watch`: findings of a video on stdout as they are raised, crops into a folder, and a flight for the reviewers."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mumian.core.kernel import settings
from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.act.triage.inspect import ORIGINS, file_flight
from mumian.scenarios.powerline.act.triage.judging import Judged
from mumian.scenarios.powerline.act.triage.live import Live
from mumian.scenarios.powerline.observe import video

if TYPE_CHECKING:
    from mumian.scenarios.powerline.act.triage.watching import Looked
    from mumian.scenarios.powerline.understand.eyes.model import Eyes


def watch(
    source: str, line: str | None, origin: str, model: str | None, rate: float, crops: Path | None, seconds: float | None,
    give_up_s: float, *, as_json: bool,
) -> None:  # fmt: skip
    """Watch until the video or `seconds` end. Raises BadInput, and VideoLost after what was found until then is filed."""
    from mumian.scenarios.powerline.act.triage.commands import checked
    from mumian.scenarios.powerline.act.triage.watching import looked, thinned
    from mumian.scenarios.powerline.understand.eyes import model as eyes_model

    if origin not in ORIGINS:
        raise BadInput(detail=f"--origin {origin!r}: one of {', '.join(ORIGINS)}")
    if line is not None:
        checked(line)
    eyes, tally, stop = eyes_model.load(model), video.Tally(), threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    counted, lost = {"judged": 0, "findings": 0}, None
    with _reviewers(source, line, origin, eyes) as flight:
        began = time.monotonic()
        if video.is_stream(source):  # opened last: a stream waits for nobody
            frames: Iterable[video.Frame] = video.Newest(source, tally, stop, give_up_s)
        else:
            frames = video.frames(source, tally, stop)
        try:
            for one in looked(eyes, thinned(_until(frames, seconds, stop), rate, tally)):
                counted["judged"] += 1
                counted["findings"] += len(one.raised)
                if one.raised and flight is not None:
                    flight.add(one.judged())
                _tell(one, eyes, crops, as_json=as_json)
        except video.VideoLost as fault:
            lost = fault
        stopped = stop.is_set()
        stop.set()
        summary = {
            "kind": "summary",
            **counted,
            **asdict(tally),
            "seconds": round(time.monotonic() - began, 3),
            "model": eyes.name,
        } | (flight.end() if flight is not None else {})
    typer.echo(json.dumps(summary, ensure_ascii=False) if as_json else _words(summary))
    if lost is not None:
        raise lost
    if not tally.read and not video.is_stream(source) and not stopped:
        raise BadInput(
            detail=f"{source}: not one frame could be read ({tally.broken} broken): hand in a whole video file"
        )


def _until(
    frames: Iterable[video.Frame], seconds: float | None, stop: threading.Event
) -> Iterator[video.Frame]:
    for frame in frames:
        if seconds is not None and frame.at_s > seconds:
            return
        yield frame
        if stop.is_set():
            return


def _tell(one: Looked, eyes: Eyes, crops: Path | None, *, as_json: bool) -> None:
    for raised in one.raised:
        file = None
        if crops is not None:
            crops.mkdir(parents=True, exist_ok=True)
            file = crops / f"frame-{one.frame.number:06d}-{raised.track}.jpg"
            file.write_bytes(one.crop(raised))
        told: dict[str, Any] = {"kind": "defect", "at_s": round(one.frame.at_s, 3), "frame": one.frame.number,
                                "box": [round(side, 1) for side in raised.box], "score": round(raised.score, 4),
                                "threshold": eyes.threshold, "n": raised.n, "of": raised.of, "track": raised.track,
                                "crop": None if file is None else str(file), "model": eyes.name}  # fmt: skip
        words = f"{told['at_s']:9.2f} s  defect {told['score']:.2f}  {raised.n} of {raised.of}  {told['box']}  {told['crop'] or ''}"
        typer.echo(json.dumps(told, ensure_ascii=False) if as_json else words.rstrip())


@contextmanager
def _reviewers(source: str, line: str | None, origin: str, eyes: Eyes) -> Iterator[Recorded | Live | None]:
    """Where findings go: nowhere without a line; a stream's at once, a file's at its end, so that the same file again adds nothing."""
    if line is None:
        yield None
    elif video.is_stream(source):
        from mumian.core.store import open_home

        with open_home(settings.load()) as store:
            yield Live(store, line, origin, eyes)
    else:
        yield Recorded(line, origin, eyes)


@dataclass(slots=True)
class Recorded:
    """A file's flight: its frames with findings in one transaction at the end."""

    line: str
    origin: str
    eyes: Eyes
    kept: list[Judged] = field(default_factory=list)

    def add(self, one: Judged) -> None:
        """A frame with findings."""
        self.kept.append(one)

    def end(self) -> dict[str, Any]:
        """File what there is; a video without findings files nothing."""
        if not self.kept:
            return {"flight": None}
        from mumian.core.store import open_home

        with open_home(settings.load()) as store:
            ledger = file_flight(store, Path(), self.line, self.origin, self.eyes, self.kept)
        return {name: ledger[name] for name in ("flight", "line", "origin", "photos", "changed")}


def _words(summary: dict[str, Any]) -> str:
    said = f"{summary['findings']} findings on {summary['judged']} judged of {summary['read']} frames in {summary['seconds']} s"
    lost = [
        f"{summary[name]} {word}"
        for name, word in (("skipped", "skipped"), ("broken", "broken"), ("reconnects", "reconnects"))
        if summary[name]
    ]
    return (
        said
        + (f" ({', '.join(lost)})" if lost else "")
        + (f"; flight {summary['flight']}" if summary.get("flight") else "")
    )
