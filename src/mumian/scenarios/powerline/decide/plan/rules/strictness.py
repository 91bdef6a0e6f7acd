"""Holds the rules a plan carries against a pack: the stricter of each figure counts, and what was laxer is told."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields, replace
from typing import TypeVar

from mumian.scenarios.powerline.decide.plan.rules.model import Limits, PhotoRules, Rules, Structure

LEGAL_CEILING_M = 120.0  # no pack and no plan lifts it


# Figures of which more is stricter, and of which less is.
_MORE = ("floor_m", "gnss_m", "wind_mps", "reserve", "overlap", "standoff_m")
_LESS = ("ceiling_m", "component_gsd_mm", "overview_gsd_mm", "corridor_gsd_mm", "aim_deg")
_Part = TypeVar("_Part", Limits, PhotoRules, Structure)


def strictest(plan: Rules, pack: Rules) -> tuple[Rules, list[str]]:
    """The plan's rules, with the pack's where those are stricter, and what was laxer in the plan."""
    laxer: list[str] = []
    ceiling_m = min(pack.limits.ceiling_m, LEGAL_CEILING_M)
    limits = _harder(plan.limits, replace(pack.limits, ceiling_m=ceiling_m), laxer)
    photo = _harder(plan.photo, pack.photo, laxer)
    structure = _harder(plan.structure, pack.structure, laxer)
    clauses = {**pack.clauses, **plan.clauses}
    return replace(plan, limits=limits, photo=photo, structure=structure, clauses=clauses), laxer


def _harder(mine: _Part, theirs: _Part, laxer: list[str]) -> _Part:
    changed = {}
    for field in fields(mine):
        ours, other = getattr(mine, field.name), getattr(theirs, field.name)
        if (field.name in _MORE and ours < other) or (field.name in _LESS and ours > other):
            laxer.append(f"{field.name} {ours:g} → {other:g}")
            changed[field.name] = other
    return replace(mine, **changed)


def assumed_otherwise(plan: Rules, pack: Rules) -> list[str]:
    """Each figure that the plan assumes (structure, weather, camera, vehicle) and the pack does not: "hover_w 0.001 (700)"."""
    said = []
    for part in ("structure", "weather", "camera", "vehicle"):
        ours, theirs = asdict(getattr(plan, part)), asdict(getattr(pack, part))
        ours |= ours.pop("conductor", {})
        theirs |= theirs.pop("conductor", {})
        said += [
            f"{name} {_short(value)} ({_short(theirs[name])})"
            for name, value in ours.items()
            if name != "standoff_m" and value != theirs[name]
        ]
    return said


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def digest(rules: Rules) -> str:
    """SHA-256 over the narrowed rules, whatever file they came from."""
    return hashlib.sha256(
        json.dumps(rules.as_json(), sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()
