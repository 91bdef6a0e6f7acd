"""A flight's photographs judged, reduced and put before the reviewer: one transaction a flight, so that a kill leaves all or none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.errors import BadInput
from mumian.core.store import events, objects
from mumian.scenarios.powerline.act.triage.keep import Kept, keep
from mumian.scenarios.powerline.decide.review import rows
from mumian.scenarios.powerline.understand.eyes import detector, pictures
from mumian.scenarios.powerline.understand.eyes import model as eyes_model
from mumian.scenarios.powerline.understand.eyes.sight import Detections

if TYPE_CHECKING:
    from mumian.core.store import Store

ORIGINS = (
    "replay",
    "simulation",
)  # "field" belongs to registered vehicles, not to a folder that somebody names


@dataclass(frozen=True, slots=True)
class Judged:
    """One photograph, what was seen on it, and what is kept of it."""

    name: str
    width: int
    height: int
    bytes: int
    kept: Kept
    defects: Detections
    insulators: int


def inspect(store: Store, folder: Path, line: str, origin: str = "replay", model: str | None = None,
            done: Callable[[], None] = lambda: None) -> dict[str, Any]:  # fmt: skip
    """Judge every photograph in `folder` as one flight along `line`; the same folder again adds nothing.

    Returns the ledger: photos, original_bytes, kept_bytes, reduction, findings, audited, refused. Raises BadInput.
    """
    if origin not in ORIGINS:
        raise BadInput(detail=f"--origin {origin!r}: one of {', '.join(ORIGINS)}")
    eyes = eyes_model.load(model)
    judged, refused = list[Judged](), list[str]()
    for path in pictures.photographs(folder):
        try:
            judged.append(judge(eyes, path, path.relative_to(folder).as_posix()))
        except pictures.PictureUnreadable as fault:
            refused.append(str(fault))
        done()
    if not judged:
        raise BadInput(detail=f"None of the photographs in {folder} can be read: {refused[0]}")
    return {**file_flight(store, line, origin, eyes, judged), "refused": refused}


def judge(eyes: eyes_model.Eyes, path: Path, name: str) -> Judged:
    """One photograph. Raises PictureUnreadable."""
    picture = pictures.read(path)
    sight = detector.detect(eyes, picture, eyes.threshold)
    data = path.read_bytes()
    height, width = picture.pixels.shape[:2]
    kept = keep(data, picture.pixels, sight["defect"].boxes)
    return Judged(name, width, height, len(data), kept, sight["defect"], len(sight["insulator"].scores))


def flight_of(line: str, judged: Sequence[Judged]) -> str:
    """The flight's id: a digest of the line and of every photograph, so that a repetition is the same flight."""
    told = "\n".join([line, *sorted(f"{j.name} {j.kept.sha256}" for j in judged)])
    return "L-" + hashlib.sha256(told.encode()).hexdigest()[:20]


def file_flight(
    store: Store, line: str, origin: str, eyes: eyes_model.Eyes, judged: Sequence[Judged]
) -> dict[str, Any]:
    """The flight, its photographs and findings in one transaction; the ledger."""
    flight, now_us = flight_of(line, judged), store.clock.now_us()
    ledger: dict[str, Any] = {"flight": flight, "line": line, "photos": len(judged), "original_bytes": sum(j.bytes for j in judged),
              "kept_bytes": sum(j.kept.size for j in judged), "findings": sum(len(j.defects.scores) for j in judged),
              "audited": sum(j.kept.original is not None for j in judged), "model": eyes.name}  # fmt: skip
    with store.tx() as cur:
        fresh = rows.add(
            cur, "flights", rows.FLIGHT, {**ledger, "id": flight, "origin": origin, "made_us": now_us}
        )
        if fresh:
            for one in judged:
                _photo(cur, flight, origin, eyes, one, now_us)
            events.append(cur, "powerline_flight", now_us, origin, flight, ledger)
    reduction = 1 - ledger["kept_bytes"] / ledger["original_bytes"]
    return {**ledger, "reduction": round(reduction, 4), "origin": origin, "changed": fresh}


def _photo(cur: Any, flight: str, origin: str, eyes: eyes_model.Eyes, one: Judged, now_us: int) -> None:
    thumb = objects.put(cur, one.kept.thumb, "image/jpeg")
    original = objects.put(cur, one.kept.original, "image/jpeg") if one.kept.original is not None else None
    rows.add(cur, "photos", rows.PHOTO, {
        "flight": flight, "name": one.name, "sha256": one.kept.sha256, "width": one.width, "height": one.height,
        "bytes": one.bytes, "thumb": thumb, "original": original, "seen": one.insulators,
    })  # fmt: skip
    for i, (box, score) in enumerate(zip(one.defects.boxes, one.defects.scores, strict=True)):
        finding = f"F-{flight[2:]}-{one.kept.sha256[:8]}-{i}"
        row = {
            "id": finding, "flight": flight, "photo": one.name, "kind": "defect", "score": float(score), "threshold": eyes.threshold,
            "model": eyes.name, "box": [round(float(v), 1) for v in box], "crop": objects.put(cur, one.kept.crops[i], "image/jpeg"),
            "origin": origin, "grade": "serious", "state": "new", "made_us": now_us,
        }  # fmt: skip
        rows.add(cur, "findings", rows.FINDING, row)
        told = {k: row[k] for k in ("flight", "photo", "kind", "score", "threshold", "model", "crop")}
        events.append(cur, "powerline_finding", now_us, origin, finding, {"finding": finding, **told})
