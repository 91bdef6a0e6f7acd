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
from mumian.scenarios.powerline.domain.line import COMPONENTS
from mumian.scenarios.powerline.domain.review import GRADES, HAZARD, KINDS

LISTED = 300  # findings of one state on the page; the count tells of the rest
LARGE_PX = 1280  # longer side of a re-inspection's photograph on the page
TABS = ("new", "accepted", "rejected", "closed")


def view(visit: Visit) -> Mapping[str, object]:
    """GET /powerline/review?state=&finding=&again=."""
    state = visit.query.get("state", "new")
    state = state if state in TABS else "new"
    listed = rows.findings(visit.store, state, LISTED)
    chosen = next((f for f in listed if f["id"] == visit.query.get("finding")), listed[0] if listed else None)
    orders = rows.orders(visit.store)
    return {
        "state": state,
        "tabs": TABS,
        "counts": rows.counts(visit.store),
        "rows": listed,
        "one": _shown(visit.store, chosen) if chosen else None,
        **_again(visit, chosen),
        "components": COMPONENTS,
        "orders": [o for o in orders if o["closed_us"] is None],
        "late": sum(o["closed_us"] is None and o["due_us"] < visit.clock.now_us() for o in orders),
        "flights": rows.flights(visit.store),
        "kinds": KINDS,
        "grades": GRADES,
        "days": acts.days(),
    }


def decide(visit: Visit) -> Redirect:
    """POST /powerline/review/{id}: accept, reject, reopen, or close with a photograph of the re-inspection."""
    acts.act(visit.store, visit.params["id"], visit.field("do"), visit.principal.staff or visit.principal.actor,
             grade=visit.field("grade"), kind=visit.field("kind"), note=visit.field("note"), photo=visit.field("photo"))  # fmt: skip
    if visit.field("do") == "close":
        return Redirect(f"/powerline/review?state=closed&finding={visit.params['id']}", "")
    return Redirect("/powerline/review", "")


def missed(visit: Visit) -> Redirect:
    """POST /powerline/missed: a defect on a photograph that the detector left out."""
    acts.missed(visit.store, visit.field("flight"), visit.field("photo"), visit.principal.staff or visit.principal.actor,
                visit.field("note"))  # fmt: skip
    return Redirect("/powerline/review", "")


def _again(visit: Visit, finding: Mapping[str, Any] | None) -> dict[str, Any]:
    """Photographs of a re-inspection to choose from, the chosen one large; of a closed finding the one that closed it."""
    if finding is None or finding["kind"] == HAZARD or finding["state"] not in ("accepted", "closed"):
        return {"offers": [], "after": None}
    offers: list[dict[str, Any]] = []
    if finding["state"] == "accepted":
        offers = rows.reinspections(visit.store, finding["id"], acts.OFFERED)
        asked = visit.query.get("again")
        after = next((p for p in offers if p["sha256"] == asked), offers[0] if offers else None)
    else:
        order = rows.order(visit.store, finding["id"])
        after = rows.by_digest(visit.store, order["photo"]) if order and order["photo"] else None
    if after is None:
        return {"offers": offers, "after": None}
    large = _reduced(visit.store, after["original"]) or _picture(visit.store, after["thumb"])
    return {"offers": offers, "after": {**after, "src": large}}


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
