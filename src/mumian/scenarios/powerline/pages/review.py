"""The reviewer's queue: the gravest first, one finding large, accept or reject; work orders with their deadline beside it."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from mumian.core.kernel.errors import MumianError
from mumian.core.scenario import Redirect, Visit
from mumian.core.store import Store, objects
from mumian.scenarios.powerline.decide.review import acts, rows
from mumian.scenarios.powerline.decide.survey import rows as survey_rows
from mumian.scenarios.powerline.domain.line import COMPONENTS
from mumian.scenarios.powerline.domain.review import GRADES, HAZARD, KINDS, may_withdraw
from mumian.scenarios.powerline.pages import people

LISTED = 300  # findings of one state on the page; the count tells of the rest
LARGE_PX = 1280  # longer side of a re-inspection's photograph on the page
TABS = ("new", "accepted", "rejected", "closed")


def view(visit: Visit) -> Mapping[str, object]:
    """GET /powerline/review?state=&finding=&again=&done=. A finding that is named is shown, in whatever state it is by now."""
    asked = rows.finding(visit.store, visit.query["finding"]) if visit.query.get("finding") else None
    state = asked["state"] if asked else visit.query.get("state", "new")
    state = state if state in TABS else "new"
    listed = rows.findings(visit.store, state, LISTED)
    if asked and all(f["id"] != asked["id"] for f in listed):
        listed.append(asked)  # beyond those that are listed
    chosen = next((f for f in listed if asked and f["id"] == asked["id"]), listed[0] if listed else None)
    orders = [o for o in rows.orders(visit.store) if o["closed_us"] is None]
    told = done(visit)
    hazards = [f["id"] for f in listed] + [o["finding"] for o in orders]
    hazards += [told["finding"]["id"]] if told else []
    return {
        "state": state,
        "tabs": TABS,
        "counts": rows.counts(visit.store),
        "rows": listed,
        "one": _shown(visit.store, chosen) if chosen else None,
        **_again(visit, chosen),
        "readings": survey_rows.last_readings(visit.store, hazards),
        "done": told,
        "people": people.names(visit.store),
        "components": COMPONENTS,
        "orders": orders,
        "late": sum(o["due_us"] < visit.clock.now_us() for o in orders),
        "flights": rows.flights(visit.store),
        "kinds": KINDS,
        "grades": GRADES,
        "days": acts.days(),
    }


def done(visit: Visit) -> dict[str, Any] | None:
    """What ?done= names: the finding somebody just decided, its work order, and which action takes the decision back."""
    finding = rows.finding(visit.store, visit.query.get("done", ""))
    if finding is None:
        return None
    mine = may_withdraw(finding["reviewer"], finding["reviewed_us"], people.who(visit), visit.clock.now_us())
    undo = {"accepted": "withdraw" if mine else "", "rejected": "reopen"}
    order = rows.order(visit.store, finding["id"])
    return {"finding": finding, "order": order, "undo": undo.get(finding["state"], "")}


def decide(visit: Visit) -> Redirect:
    """POST /powerline/review/{id}: accept, reject, reopen, withdraw, or close; then the next one of the queue."""
    id, do = visit.params["id"], visit.field("do")
    following = _following(visit.store, id)
    take(visit)
    if do == "close":
        return Redirect(f"/powerline/review?state=closed&finding={id}&done={id}")
    return Redirect(f"/powerline/review?finding={following if do in ('accept', 'reject') else id}&done={id}")


def take(visit: Visit) -> None:
    """The act that a form on a finding names, with what was chosen beside it."""
    words = {name: visit.field(name) for name in ("grade", "kind", "note", "photo", "survey")}
    acts.act(visit.store, visit.params["id"], visit.field("do"), people.who(visit), **words)


def _following(store: Store, finding: str) -> str:
    """What stands behind it in the queue of those to review, before it at the end; empty for the last one."""
    waiting = [f["id"] for f in rows.findings(store, "new", LISTED)]
    if finding not in waiting:
        return ""
    at = waiting.index(finding)
    return next(iter(waiting[at + 1 : at + 2] or waiting[max(at - 1, 0) : at]), "")


def missed(visit: Visit) -> Redirect:
    """POST /powerline/missed: a defect on a photograph that the detector left out."""
    acts.missed(
        visit.store, visit.field("flight"), visit.field("photo"), people.who(visit), visit.field("note")
    )
    return Redirect("/powerline/review", "")


def _again(visit: Visit, finding: Mapping[str, Any] | None) -> dict[str, Any]:
    """What may close an accepted finding, photographs to choose from with one large; of a closed one what closed it."""
    told: dict[str, Any] = {"offers": [], "absences": [], "after": None, "order": None}
    if finding is None or finding["state"] not in ("accepted", "closed"):
        return told
    if finding["state"] == "accepted":
        told["offers"] = offers = rows.reinspections(visit.store, finding["id"], acts.OFFERED)
        if finding["kind"] == HAZARD:
            told["absences"] = survey_rows.absences(visit.store, finding["id"])
        asked = visit.query.get("again")
        after = next((p for p in offers if p["sha256"] == asked), offers[0] if offers else None)
    else:
        told["order"] = order = order_of(visit.store, finding["id"], finding["tower"])
        after = rows.by_digest(visit.store, order["photo"]) if order and order["photo"] else None
    if after is not None:
        large = _reduced(visit.store, after["original"]) or _picture(visit.store, after["thumb"])
        told["after"] = {**after, "src": large}
    return told


def order_of(store: Store, finding: str, span: int | None) -> dict[str, Any] | None:
    """The finding's work order; with the survey that closed it, and the span to look at there."""
    order = rows.order(store, finding)
    shown = survey_rows.survey(store, order["survey"]) if order and order["survey"] else None
    return None if order is None else {**order, "span": span, "shown": shown}


def _reduced(store: Store, sha256: object) -> str:
    """An original, small enough for a page; empty when it is not kept or damaged."""
    if not sha256:
        return ""
    try:
        with Image.open(io.BytesIO(objects.get(store, str(sha256)))) as image:
            image.draft("RGB", (LARGE_PX, LARGE_PX))
            shown = image.convert("RGB")
    except (MumianError, OSError, ValueError):
        return ""
    shown.thumbnail((LARGE_PX, LARGE_PX))
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def _shown(store: Store, finding: Mapping[str, Any]) -> dict[str, Any]:
    """The finding with its pictures; the frame is in percent of the photograph, so that it fits the thumbnail."""
    photo = rows.photo(store, finding["flight"], finding["photo"]) or {}
    return {
        **finding,
        "crop_src": _picture(store, finding["crop"]),
        "thumb_src": _picture(store, photo.get("thumb")),
        "frame": _frame(finding["box"], photo),
        "width": photo.get("width"),
        "height": photo.get("height"),
        "kept": photo.get("original") is not None,
        "fault": photo.get("fault"),
    }


def _frame(box: Sequence[float], photo: Mapping[str, Any]) -> dict[str, float] | None:
    if len(box) != 4 or not photo:
        return None
    x0, y0, x1, y1 = box
    w, h = photo["width"], photo["height"]
    return {
        "left": 100 * x0 / w,
        "top": 100 * y0 / h,
        "width": 100 * (x1 - x0) / w,
        "height": 100 * (y1 - y0) / h,
    }


def _picture(store: Store, sha256: object) -> str:
    """A data URI; empty when there is no such picture or its file is damaged, which the page then says."""
    if not sha256:
        return ""
    try:
        return "data:image/jpeg;base64," + base64.b64encode(objects.get(store, str(sha256))).decode()
    except MumianError:
        return ""
