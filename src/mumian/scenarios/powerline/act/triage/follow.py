"""Photographs judged while the flight runs: each as soon as its file is complete, one transaction a photograph.

A kill loses no finding and adds none twice: a photograph stands in the home with its findings or not at all, and the next start
takes up the same folder's flight where it stopped. A file is complete when its size and time have rested for a moment and, if it is
a JPEG, it ends as one; a copy that pauses longer is read too early, found damaged, and read again when it grows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core.kernel import ids
from mumian.scenarios.powerline.act.triage import filing
from mumian.scenarios.powerline.act.triage.judging import judge
from mumian.scenarios.powerline.act.triage.placing import Flown, place
from mumian.scenarios.powerline.decide.review import rows
from mumian.scenarios.powerline.observe.camera.orders import RecordUnusable
from mumian.scenarios.powerline.understand.eyes import pictures
from mumian.scenarios.powerline.understand.eyes.model import Eyes

if TYPE_CHECKING:
    from mumian.core.store import Store

LOOK_S = 0.2  # between two looks into the folder
RESTED_US = (
    1_000_000  # a file that is no JPEG, or one with something after its end, is complete after so much rest
)
_END = b"\xff\xd9"  # EOI, ITU-T T.81 B.1.1.3
_State = tuple[int, int]  # size, mtime in ns


@dataclass
class Follow:
    """One folder, one flight. `said` gets a row once it watches, and one for each photograph: photo, findings, fault, place, seconds since it was complete."""

    store: Store
    folder: Path
    line: str
    origin: str
    eyes: Eyes
    by: Flown | None
    said: Callable[[dict[str, Any]], None]
    flight: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, _State] = field(default_factory=dict)
    _done: dict[str, _State] = field(default_factory=dict)

    def begin(self) -> None:
        """Take up the folder's flight that was not ended, or be ready for a new one; photographs already held are passed over."""
        where = str(self.folder.resolve())
        with self.store.tx() as cur:
            self.flight = rows.open_flight(cur, where, self.line, self.origin) or ids.new("L")
            held = {p["name"] for p in rows.photos_of(cur, self.flight)}
        for path in self._files():
            name = path.relative_to(self.folder).as_posix()
            state = _state(path)
            if name in held and state is not None:
                self._done[name] = state
        self.said({"watching": where, "flight": self.flight, "held": len(held)})

    def look(self) -> int:
        """Judge every file that is complete and new; how many there were."""
        judged = 0
        for path in self._files():
            name, state = path.relative_to(self.folder).as_posix(), _state(path)
            if state is None or self._done.get(name) == state:
                continue
            rested = self._seen.get(name) == state
            self._seen[name] = state
            if rested and self._is_complete(path, state):
                self._done[name] = state
                self._judge(path, name, state)
                judged += 1
        return judged

    def end(self) -> dict[str, Any]:
        """The flight is over: its ledgers. A folder in which nothing came leaves no flight."""
        with self.store.tx() as cur:
            if not rows.photos_of(cur, self.flight):
                return {"flight": None, "photos": 0, "refused": list(self.refused.values())}
            now_us = self.store.clock.now_us()
            told = filing.end(
                cur, self.flight, self.eyes.name, self.by, self.folder, len(self.refused), now_us
            )
        reduction = 1 - told["kept_bytes"] / told["original_bytes"]
        return {
            **told,
            "reduction": round(reduction, 4),
            "origin": self.origin,
            "refused": list(self.refused.values()),
        }

    def _files(self) -> list[Path]:
        return sorted(
            p for p in self.folder.rglob("*") if p.suffix.lower() in pictures.SUFFIXES and p.is_file()
        )

    def _is_complete(self, path: Path, state: _State) -> bool:
        if self.store.clock.now_us() - state[1] // 1000 > RESTED_US:
            return True
        if path.suffix.lower() not in (".jpg", ".jpeg"):
            return False
        with path.open("rb") as file:
            file.seek(max(state[0] - 2, 0))
            return file.read() == _END

    def _judge(self, path: Path, name: str, state: _State) -> None:
        try:
            one = judge(self.eyes, path, name)
        except (pictures.PictureUnreadable, OSError) as fault:
            self.refused[name] = str(fault)
            self.said({"photo": name, "refused": str(fault)})
            return
        self.refused.pop(name, None)
        now_us = self.store.clock.now_us()
        with self.store.tx() as cur:
            twin = rows.twin(cur, self.line, one.kept.sha256)
            found = [] if twin else self._file(cur, one, now_us)
            placed = rows.these(cur, found)
        seconds = round(self.store.clock.now_us() / 1e6 - state[1] / 1e9, 3)
        where = next(
            ({key: f[key] for key in ("tower", "circuit", "phase", "part")} for f in placed if f["tower"]),
            None,
        )
        self.said(
            {
                "photo": name,
                "findings": found,
                "fault": one.quality.fault,
                "twin": twin,
                "place": where,
                "seconds": seconds,
            }
        )

    def _file(self, cur: Any, one: Any, now_us: int) -> list[str]:
        filing.begin(cur, self.flight, self.line, self.origin, now_us, str(self.folder.resolve()))
        found = filing.photo(cur, self.flight, self.line, self.origin, self.eyes, one, now_us)
        if self.by is not None:
            try:
                place(cur, self.flight, self.by, len(self.refused))
            except (
                RecordUnusable
            ) as fault:  # it may not be begun yet; the end of the flight says what is wrong
                self.said({"record": str(fault)})
        filing.tell(cur, found, now_us)
        return found


def _state(path: Path) -> _State | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_size, told.st_mtime_ns


def run(
    follow: Follow, until_idle_s: float | None, sleep: Callable[[float], None], over: Callable[[], bool]
) -> dict[str, Any]:
    """Look until somebody says that it is over, or nothing came for `until_idle_s`; then end the flight."""
    follow.begin()
    clock = follow.store.clock
    last_us = clock.now_us()
    while not over():
        if follow.look():
            last_us = clock.now_us()
        if until_idle_s is not None and clock.now_us() - last_us > until_idle_s * 1e6:
            break
        sleep(LOOK_S)
    follow.look()
    return follow.end()
