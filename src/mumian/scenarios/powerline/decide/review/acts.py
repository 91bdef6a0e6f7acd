"""What a reviewer does to a finding. Each act moves the state, writes the work order and the journal in one transaction."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core.kernel import ids
from mumian.core.kernel.clock import DAY_US
from mumian.core.kernel.errors import BadInput, NotFound
from mumian.core.store import events
from mumian.scenarios.powerline.decide.review import rows
from mumian.scenarios.powerline.decide.survey import rows as survey_rows
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
        photo: str = "", survey: str = "") -> dict[str, Any]:  # fmt: skip
    """Take `action` (accept, reject, reopen, withdraw, close) and return the finding.

    grade, kind  what the reviewer makes of it when she accepts; empty keeps what stands
    photo        SHA-256 of the re-inspection photograph, one that `rows.reinspections` offers
    survey       of a hazard, instead: a later survey in which it is no longer there, one that `survey.rows.absences` offers
    Raises NotFound, BadInput, ReviewForbidden, NotWithdrawn, NoEvidence.
    """
    if grade and grade not in review.GRADES:
        raise BadInput(detail=f"grade {grade!r}: one of {', '.join(review.GRADES)}")
    if kind and kind not in review.KINDS:
        raise BadInput(detail=f"kind {kind!r}: one of {', '.join(review.KINDS)}")
    now_us = store.clock.now_us()
    with store.tx() as cur:
        held = rows.lock(cur, finding)
        if held is None:
            raise NotFound(what="finding", id=finding)
        state = review.follow(held["state"], action)
        if action == "withdraw" and not review.may_withdraw(
            held["reviewer"], held["reviewed_us"], by, now_us
        ):
            raise review.NotWithdrawn
        proof = _shown(cur, held, photo, survey) if action == "close" else {}
        changed: dict[str, Any] = {"state": state, "reviewed_us": now_us, "reviewer": by, "note": note or held["note"],
                   "grade": grade or held["grade"], "kind": held["kind"] if held["kind"] == review.HAZARD else kind or held["kind"]}  # fmt: skip
        rows.change(cur, finding, **changed)
        _order(cur, finding, action, changed["grade"], by, proof, now_us)
        body = {"finding": finding, "flight": held["flight"], "photo": held["photo"], "action": action, "from": held["state"],
                "to": state, "by": by, "kind": changed["kind"], "was": held["kind"], "grade": changed["grade"], "model": held["model"],
                "evidence": proof.get("photo") or proof.get("survey"), **_seal_of(proof)}  # fmt: skip
        events.append(cur, "powerline_review", now_us, held["origin"], finding, body)
    return {**held, **changed}


def _order(
    cur: Any, finding: str, action: str, grade: str, by: str, proof: Mapping[str, Any], now_us: int
) -> None:
    if action == "accept":
        row = {"id": ids.new("W"), "finding": finding, "grade": grade, "made_us": now_us, "made_by": by,
               "due_us": now_us + days()[grade] * DAY_US}  # fmt: skip
        rows.add(cur, "work_orders", rows.ORDER, row)
    if action == "withdraw":
        rows.drop_order(cur, finding)
    if action == "close":
        rows.close_order(cur, finding, now_us, by, proof.get("photo"), proof.get("survey"))


def _shown(cur: Any, finding: Mapping[str, Any], photo: str, survey: str) -> Mapping[str, Any]:
    """What shows that the work is done: a photograph that is offered, or for a hazard a survey that is. NoEvidence for any other."""
    if photo and any(p["sha256"] == photo for p in rows.reinspections(cur, finding["id"], OFFERED)):
        return {"photo": photo}
    if survey and finding["kind"] == review.HAZARD:
        for one in survey_rows.absences(cur, finding["id"]):
            if one["survey"] == survey:
                return one
    raise review.NoEvidence


def _seal_of(proof: Mapping[str, Any]) -> dict[str, Any]:
    """What a survey that closes is sealed with beside its id: whoever has the tile can look again."""
    return {name: proof[name] for name in ("tile_sha256", "scanned_us") if name in proof}


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
