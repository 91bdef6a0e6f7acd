"""A flight's photographs into the home: its row, each photograph with its findings, and at its end the ledgers, sealed as events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mumian.core.store import events, objects
from mumian.scenarios.powerline.act.triage.judging import Judged
from mumian.scenarios.powerline.act.triage.keep import audited
from mumian.scenarios.powerline.act.triage.placing import Flown, place
from mumian.scenarios.powerline.decide.coverage import rows as coverage_rows
from mumian.scenarios.powerline.decide.coverage.ledger import STATES, Covered
from mumian.scenarios.powerline.decide.review import rows
from mumian.scenarios.powerline.understand.eyes.model import Eyes


def begin(cur: Any, flight: str, line: str, origin: str, now_us: int, folder: str | None = None) -> bool:
    """The flight's row; False when it is there already."""
    row = {"id": flight, "line": line, "origin": origin, "made_us": now_us, "photos": 0, "original_bytes": 0, "kept_bytes": 0,
           "folder": folder}  # fmt: skip
    return rows.add(cur, "flights", rows.FLIGHT, row)


def photo(cur: Any, flight: str, line: str, origin: str, eyes: Eyes, one: Judged, now_us: int) -> list[str]:
    """A photograph and its findings; the findings' ids. Their events follow with `tell`, once their place is known."""
    thumb = objects.put(cur, one.kept.thumb, "image/jpeg")
    original = None if one.kept.original is None else objects.put(cur, one.kept.original, "image/jpeg")
    at = one.stamp.at
    fresh = rows.add(cur, "photos", rows.PHOTO, {
        "flight": flight, "name": one.name, "sha256": one.kept.sha256, "width": one.width, "height": one.height,
        "bytes": one.bytes, "thumb": thumb, "original": original, "seen": one.insulators, "kept": one.kept.size,
        "sharpness": round(one.quality.sharpness, 1), "fault": one.quality.fault, "stamp_us": one.stamp.taken_us,
        "step_us": one.stamp.step_us, "lat_deg": at.lat_deg if at else None, "lon_deg": at.lon_deg if at else None,
    })  # fmt: skip
    found = zip(one.defects.boxes, one.defects.scores, strict=True)
    return [_finding(cur, flight, line, origin, eyes, one, i, box, float(score), now_us)
            for i, (box, score) in enumerate(found)] if fresh else []  # fmt: skip


def _finding(
    cur: Any, flight: str, line: str, origin: str, eyes: Eyes, one: Judged, i: int, box: Any, score: float, now_us: int
) -> str:  # fmt: skip
    finding = f"F-{flight[2:]}-{one.kept.sha256[:8]}-{i}"
    rows.add(cur, "findings", rows.FINDING, {
        "id": finding, "flight": flight, "photo": one.name, "kind": "defect", "score": score, "threshold": eyes.threshold,
        "model": eyes.name, "box": [round(float(v), 1) for v in box], "crop": objects.put(cur, one.kept.crops[i], "image/jpeg"),
        "origin": origin, "grade": "serious", "state": "new", "made_us": now_us, "line": line,
    })  # fmt: skip
    return finding


def tell(cur: Any, findings: Sequence[str], now_us: int) -> None:
    """The findings' events, with the place that is known by now."""
    told = (
        "flight",
        "photo",
        "kind",
        "score",
        "threshold",
        "model",
        "crop",
        "line",
        "shot",
        "tower",
        "circuit",
        "phase",
        "part",
    )
    for row in rows.these(cur, findings):
        body = {"finding": row["id"], **{name: row[name] for name in told}}
        events.append(cur, "powerline_finding", now_us, row["origin"], row["id"], body)


def end(
    cur: Any, flight: str, eyes: str, by: Flown | None, folder: Path, unreadable: int, now_us: int
) -> dict[str, Any]:
    """The flight is over: bind it, keep what a re-inspection needs, count its bytes, and seal both ledgers."""
    told = cover(cur, flight, by, folder, unreadable, now_us)
    held = rows.held(cur, flight)
    kept = rows.photos_of(cur, flight)
    ledger = {"flight": flight, "line": held["line"], "photos": len(kept), "original_bytes": sum(p["bytes"] for p in kept),
              "kept_bytes": sum(p["kept"] or 0 for p in kept), "findings": rows.count_findings(cur, flight),
              "audited": sum(audited(p["sha256"]) for p in kept), "unclear": sum(p["fault"] is not None for p in kept),
              "model": eyes}  # fmt: skip
    sizes = {name: ledger[name] for name in ("photos", "original_bytes", "kept_bytes")}
    rows.change_flight(cur, flight, **sizes, ended_us=now_us)
    events.append(cur, "powerline_flight", now_us, held["origin"], flight, ledger)
    return {**ledger, **told}


def cover(
    cur: Any, flight: str, by: Flown | None, folder: Path, unreadable: int, now_us: int
) -> dict[str, Any]:
    """Bind the flight to its plan and seal what was seen of it; nothing without a plan."""
    if by is None:
        return {}
    placed = place(cur, flight, by, unreadable)
    coverage_rows.write(cur, flight, placed.covered)
    _keep_for_repairs(cur, flight, folder)
    origin = rows.held(cur, flight)["origin"]
    rows.change_flight(cur, flight, plan=by.plan.plan, plan_sha256=by.plan.sha256)
    counts: dict[str, int] = {state: sum(one.state == state for one in placed.covered) for state in STATES}
    body: dict[str, Any] = {"flight": flight, "plan": by.plan.plan, "plan_sha256": by.plan.sha256, "line": by.plan.line,
            "required": len(placed.covered), **counts, "shots": [_shot(one) for one in placed.covered],
            "unbound_photos": dict(sorted(Counter(placed.unbound.values()).items()))}  # fmt: skip
    events.append(cur, "powerline_coverage", now_us, origin, flight, body)
    return {"bound": len(placed.bound), "unbound_photos": body["unbound_photos"], "coverage": {"required": len(placed.covered), **counts},
            "verified": [one.place.shot for one in placed.covered if one.state == "seen"]}  # fmt: skip


def _shot(one: Covered) -> Mapping[str, Any]:
    return {
        "id": one.place.shot,
        "tower": one.place.tower,
        "state": one.state,
        "reason": one.reason,
        "photo": one.photo,
    }


def _keep_for_repairs(cur: Any, flight: str, folder: Path) -> None:
    """The originals of photographs that look where a defect waits for its repair: they must show whether it is gone."""
    for name, sha256, kept in rows.at_repairs(cur, flight):
        try:
            data = (folder / name).read_bytes()
        except OSError:
            continue
        original = objects.put(cur, data, "image/jpeg")
        if original == sha256:
            rows.keep_original(cur, flight, name, original, kept + len(data))
