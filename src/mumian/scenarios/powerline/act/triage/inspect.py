"""A flight's photographs judged, reduced and put before the reviewer: one transaction a flight, so that a kill leaves all or none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.act.triage import filing
from mumian.scenarios.powerline.act.triage.judging import Judged, judge
from mumian.scenarios.powerline.act.triage.keep import audited
from mumian.scenarios.powerline.act.triage.placing import Flown
from mumian.scenarios.powerline.decide.review import rows
from mumian.scenarios.powerline.understand.eyes import model as eyes_model
from mumian.scenarios.powerline.understand.eyes import pictures

if TYPE_CHECKING:
    from mumian.core.store import Store

ORIGINS = (
    "replay",
    "simulation",
)  # "field" belongs to registered vehicles, not to a folder that somebody names


def inspect(store: Store, folder: Path, line: str, origin: str = "replay", model: str | None = None,
            done: Callable[[], None] = lambda: None, by: Flown | None = None) -> dict[str, Any]:  # fmt: skip
    """Judge every photograph in `folder` as one flight along `line`; the same folder again adds nothing.

    by  the plan that was flown and the record of it: photographs are bound to its shots, and what was not seen is told. A flight
        that was judged without them can be bound by judging it again with them.

    Returns the ledgers: photos, original_bytes, kept_bytes, reduction, findings, audited, unclear, refused, and with `by` bound,
    unbound_photos, coverage, verified. Raises BadInput.
    """
    known(origin)
    eyes = eyes_model.load(model)
    judged, refused, held = list[Judged](), list[str](), dict[str, str]()
    for path in pictures.photographs(folder):
        name = path.relative_to(folder).as_posix()
        try:
            one = judge(eyes, path, name)
        except pictures.PictureUnreadable as fault:
            refused.append(str(fault))
        else:
            twin = held.setdefault(one.kept.sha256, name)
            refused += (
                [f"{name} is the same photograph as {twin}: it was counted once"] if twin != name else []
            )
            judged += [one] if twin == name else []
        done()
    if not judged:
        raise BadInput(detail=f"None of the photographs in {folder} can be read: {refused[0]}")
    unreadable = len(refused) - sum("same photograph" in said for said in refused)
    return {**file_flight(store, folder, line, origin, eyes, judged, by, unreadable), "refused": refused}


def known(origin: str) -> None:
    """Raises BadInput for an origin that a folder cannot have."""
    if origin not in ORIGINS:
        raise BadInput(detail=f"--origin {origin!r}: one of {', '.join(ORIGINS)}")


def flight_of(line: str, judged: Sequence[Judged]) -> str:
    """The flight's id: a digest of the line and of every photograph, so that a repetition is the same flight."""
    told = "\n".join([line, *sorted(f"{j.name} {j.kept.sha256}" for j in judged)])
    return "L-" + hashlib.sha256(told.encode()).hexdigest()[:20]


def file_flight(
    store: Store, folder: Path, line: str, origin: str, eyes: eyes_model.Eyes, judged: Sequence[Judged], by: Flown | None = None,
    unreadable: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """The flight, its photographs and findings in one transaction; the ledger."""
    now_us = store.clock.now_us()
    with store.tx() as cur:
        flight = rows.flight_holding(cur, line, [j.kept.sha256 for j in judged]) or flight_of(line, judged)
        fresh = filing.begin(cur, flight, line, origin, now_us)
        if fresh:
            found = [f for one in judged for f in filing.photo(cur, flight, line, origin, eyes, one, now_us)]
            ledger = filing.end(cur, flight, eyes.name, by, folder, unreadable, now_us)
            filing.tell(cur, found, now_us)
        else:
            later = by if by is not None and rows.held(cur, flight)["plan"] is None else None
            fresh = later is not None
            ledger = {
                **_again(cur, flight, eyes, judged),
                **filing.cover(cur, flight, later, folder, unreadable, now_us),
            }
        origin = rows.held(cur, flight)["origin"]
    reduction = 1 - ledger["kept_bytes"] / ledger["original_bytes"]
    return {**ledger, "reduction": round(reduction, 4), "origin": origin, "changed": fresh}


def _again(cur: Any, flight: str, eyes: eyes_model.Eyes, judged: Sequence[Judged]) -> dict[str, Any]:
    """What a flight's ledger says that stands already."""
    held = rows.held(cur, flight)
    return {"flight": flight, "line": held["line"], "photos": held["photos"], "original_bytes": held["original_bytes"],
            "kept_bytes": held["kept_bytes"], "findings": rows.count_findings(cur, flight),
            "audited": sum(audited(j.kept.sha256) for j in judged),
            "unclear": sum(j.quality.fault is not None for j in judged), "model": eyes.name}  # fmt: skip
