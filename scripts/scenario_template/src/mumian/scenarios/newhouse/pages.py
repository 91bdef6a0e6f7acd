"""The pages of this house and the targets of their forms. A view reads what its visitor may see; the template says the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mumian.core.decide import alarms
from mumian.core.decide.states import TIERS
from mumian.core.identity import gate
from mumian.core.kernel.clock import parse
from mumian.core.kernel.ids import PlaceId
from mumian.core.prove import figures
from mumian.core.prove import goal as goals
from mumian.core.registry import Snapshot, snapshot
from mumian.core.scenario import Action, Page, Visit
from mumian.scenarios.newhouse import act, decide, observe, prove, understand

RECENT = 200  # newest alarms of all houses that are looked through for the last one of ours


def overview(visit: Visit) -> Mapping[str, object]:
    """GET /newhouse/overview: what needs somebody, what is proven, and what stands in each room."""
    register = snapshot(visit.store)
    rows = _alarms(visit)
    opened = sorted((a for a in rows if a["state"] != "resolved"), key=lambda a: TIERS.index(a["tier"]))
    return {
        "alarms": opened,
        "rooms_of": {a["id"]: _room(register, a["place"]) for a in opened},
        "last_us": max((parse(a["event_time"]) for a in rows), default=None),
        "figures": _figures(visit),
        "house": standing(),
    }


def standing() -> Mapping[str, Sequence[str]]:
    """What each room of this house has, by name."""
    return {
        "observe": sorted(observe.ADAPTERS) + (["TCP"] if observe.GATEWAY else []),
        "understand": [detector.name for detector in understand.detectors()],
        "decide": list(decide.rules().rules),
        "act": list(act.ON_RAISE),
        "prove": [each.id for each in prove.INDICATORS],
    }


def _alarms(visit: Visit) -> list[dict[str, Any]]:
    """Our alarms within the visitor's scope, open ones all, newest first."""
    scope = gate.scope(visit.store, visit.principal)
    kinds = decide.rules().rules
    opened = alarms.read(visit.store, scope, "open")
    recent = alarms.read(visit.store, scope, "all", RECENT)
    known = {a["id"] for a in opened}
    return [a for a in (*opened, *(a for a in recent if a["id"] not in known)) if a["kind"] in kinds]


def _room(register: Snapshot, place: str | None) -> str:
    """The name of the room, else of the place itself; empty when the device stands nowhere."""
    at = PlaceId(place) if place else None
    return register.place_name(register.room(at) or at) if at else ""


def _figures(visit: Visit) -> list[dict[str, Any]] | None:
    """Our figures as `parts.figure_card` draws them; None for a visitor who may not read them."""
    if not gate.permitted(visit.principal.role, "indicator.read"):
        return None
    return [_card(row, visit.lang) for row in figures.current(visit.store, "newhouse")]


def _card(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    goal = goals.parse(str(row["goal"]))
    unit = "" if row["unit"] == "ratio" else row["unit"]
    digest = (row.get("digests") or [""])[0]
    return {
        **row,
        "name": row["title"][lang],
        "unit": unit,
        "goal": goal.bound,
        "sense": goal.relation,
        "digest": digest,
    }


PAGES: tuple[Page, ...] = (
    Page(
        "/newhouse/overview",
        "newhouse/overview.html",
        "alarm.read",
        overview,
        {"zh": "总览", "en": "Overview"},
        "i-eye",
        nav=True,
    ),
)

ACTIONS: tuple[Action, ...] = ()
