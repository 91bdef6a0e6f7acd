"""What a reviewer does to a finding. Each act moves the state, writes the work order and the journal in one transaction."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core.kernel import ids
from mumian.core.kernel.clock import DAY_US
from mumian.core.kernel.errors import BadInput, NotFound
from mumian.core.store import events
from mumian.scenarios.powerline.decide.review import rows
from mumian.scenarios.powerline.domain import review

if TYPE_CHECKING:
    from mumian.core.store import Store

OFFERED = 100  # photographs of a re-inspection that are offered, the same shot first, then the latest
_DEADLINES = Path(__file__).resolve().parents[2] / "rules" / "deadlines.toml"


@cache
def days() -> dict[str, int]:
    """Grade → days until the work must be shown as done."""
    return dict(tomllib.loads(_DEADLINES.read_text("utf-8"))["days"])


def act(store: Store, finding: str, action: str, by: str, *, grade: str = "", kind: str = "", note: str = "",
        photo: str = "") -> dict[str, Any]:  # fmt: skip
    """Take `action` (accept, reject, reopen, close) and return the finding.

    grade, kind  what the reviewer makes of it when she accepts; empty keeps what stands
    photo        SHA-256 of the re-inspection photograph; `close` needs one that `rows.reinspections` offers
    Raises NotFound, BadInput, ReviewForbidden.
    """
    if grade and grade not in review.GRADES:
        raise BadInput(detail=f"grade {grade!r}: one of {', '.join(review.GRADES)}")
    if kind and kind not in review.KINDS:
        raise BadInput(detail=f"kind {kind!r}: one of {', '.join(review.KINDS)}")
    if action == "close" and not photo:
        raise BadInput(
            detail="close: a photograph of the re-inspection is needed, no work order closes without one"
        )
    now_us = store.clock.now_us()
    with store.tx() as cur:
        held = rows.lock(cur, finding)
        if held is None:
            raise NotFound(what="finding", id=finding)
        state = review.follow(held["state"], action)
        if action == "close" and held["kind"] != review.HAZARD:
            _shows(cur, finding, photo)
        changed: dict[str, Any] = {"state": state, "reviewed_us": now_us, "reviewer": by, "note": note or held["note"],
                   "grade": grade or held["grade"], "kind": held["kind"] if held["kind"] == review.HAZARD else kind or held["kind"]}  # fmt: skip
        rows.change(cur, finding, **changed)
        _order(cur, finding, action, changed["grade"], by, photo, now_us)
        body = {"finding": finding, "flight": held["flight"], "photo": held["photo"], "action": action, "from": held["state"],
                "to": state, "by": by, "kind": changed["kind"], "was": held["kind"], "grade": changed["grade"], "model": held["model"],
                "evidence": photo or None}  # fmt: skip
        events.append(cur, "powerline_review", now_us, held["origin"], finding, body)
    return {**held, **changed}


def _order(cur: Any, finding: str, action: str, grade: str, by: str, photo: str, now_us: int) -> None:
    if action == "accept":
        row = {"id": ids.new("W"), "finding": finding, "grade": grade, "made_us": now_us, "made_by": by,
               "due_us": now_us + days()[grade] * DAY_US}  # fmt: skip
        rows.add(cur, "work_orders", rows.ORDER, row)
    if action == "close":
        rows.close_order(cur, finding, now_us, by, photo)


def _shows(cur: Any, finding: str, photo: str) -> None:
    """Raises BadInput unless the photograph is a later, clear one of the same tower."""
    if all(offered["sha256"] != photo for offered in rows.reinspections(cur, finding, OFFERED)):
        raise BadInput(
            detail="close: this is no clear photograph of the same tower from a later flight; fly it again, judge it with "
            "`inspect --record --plan`, and choose one of those offered"
        )


def missed(store: Store, flight: str, name: str, by: str, note: str = "") -> str:
    """A reviewer found a defect on a photograph that the detector left out: it becomes a finding, and counts as missed.

    Returns the finding's id. Raises NotFound for a photograph that is not there.
    """
    held = rows.photo(store, flight, name)
    if held is None:
        raise NotFound(what="photo", id=f"{flight}/{name}")
    now_us, made = store.clock.now_us(), ids.new("F")
    with store.tx() as cur:
        flown = rows.held(cur, flight)
        origin, line = flown["origin"], flown["line"]
        row = {"id": made, "flight": flight, "photo": name, "kind": "defect", "box": [], "origin": origin, "line": line,
               **{name: held[name] for name in ("shot", "tower", "circuit", "phase", "part")},
               "grade": "serious", "state": "new", "made_us": now_us, "note": note or None}  # fmt: skip
        rows.add(cur, "findings", rows.FINDING, row)
        events.append(
            cur,
            "powerline_missed",
            now_us,
            origin,
            made,
            {"finding": made, "flight": flight, "photo": name, "by": by},
        )
    return made
