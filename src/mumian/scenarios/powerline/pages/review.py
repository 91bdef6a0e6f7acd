"""The reviewer's queue: the gravest first, one finding large, accept or reject; work orders with their deadline beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from mumian.core.kernel.errors import MumianError
from mumian.core.scenario import Redirect, Visit
from mumian.core.store import Store, objects
from mumian.scenarios.powerline.decide.review import acts, rows
from mumian.scenarios.powerline.domain.review import GRADES, KINDS

LISTED = 300  # findings of one state on the page; the count tells of the rest
TABS = ("new", "accepted", "rejected", "closed")


def view(visit: Visit) -> Mapping[str, object]:
    """GET /powerline/review?state=&finding=."""
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
        "orders": [o for o in orders if o["closed_us"] is None],
        "late": sum(o["closed_us"] is None and o["due_us"] < visit.clock.now_us() for o in orders),
        "flights": rows.flights(visit.store),
        "kinds": KINDS,
        "grades": GRADES,
        "days": acts.days(),
    }


def decide(visit: Visit) -> Redirect:
    """POST /powerline/review/{id}: accept, reject or reopen."""
    acts.act(visit.store, visit.params["id"], visit.field("do"), visit.principal.staff or visit.principal.actor,
             grade=visit.field("grade"), kind=visit.field("kind"), note=visit.field("note"))  # fmt: skip
    return Redirect("/powerline/review", "")


def missed(visit: Visit) -> Redirect:
    """POST /powerline/missed: a defect on a photograph that the detector left out."""
    acts.missed(visit.store, visit.field("flight"), visit.field("photo"), visit.principal.staff or visit.principal.actor,
                visit.field("note"))  # fmt: skip
    return Redirect("/powerline/review", "")


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
