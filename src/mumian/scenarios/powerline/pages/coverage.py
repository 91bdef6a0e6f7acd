"""What was not looked at: a flight's required shots by tower, seen, blurred, missing or unbound, and the file for the next flight."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from mumian.core.scenario import Visit
from mumian.scenarios.powerline.decide.coverage import rows
from mumian.scenarios.powerline.decide.coverage.ledger import STATES
from mumian.scenarios.powerline.domain.line import COMPONENTS

LISTED = 300  # flights, and shots that were not seen; the counts tell of the rest


def view(visit: Visit) -> Mapping[str, object]:
    """GET /powerline/coverage?flight=."""
    flights, total = rows.flights(visit.store, LISTED)
    one = next((f for f in flights if f["id"] == visit.query.get("flight")), flights[0] if flights else None)
    shots = rows.shots(visit.store, one["id"]) if one else []
    columns = _columns(shots)
    return {
        "flights": flights,
        "total": total,
        "one": one,
        "columns": columns,
        "towers": _towers(shots, columns),
        "lacking": [s for s in shots if s["state"] != "seen"],
        "listed": LISTED,
        "loose": rows.loose(visit.store, one["id"]) if one else [],
        "states": STATES,
        "verified": _file([s["shot"] for s in shots if s["state"] == "seen"]),
        "components": COMPONENTS,
    }


def _columns(shots: Sequence[Mapping[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """What towers have in common: one column for each circuit, phase and part, circuits first, earth wires, foundation last."""
    seen = {_key(s): {name: s[name] for name in ("shot", "circuit", "phase", "part")} for s in shots}
    return sorted(
        seen.items(), key=lambda one: (one[1]["circuit"] == 0, one[1]["part"] == "foundation", one[0])
    )


def _key(shot: Mapping[str, Any]) -> str:
    """The shot's id without its tower: "1A-insulator"."""
    return str(shot["shot"]).removeprefix(f"{shot['tower']}-")


def _towers(
    shots: Sequence[Mapping[str, Any]], columns: Sequence[tuple[str, Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    by_tower: dict[int, dict[str, Mapping[str, Any]]] = {}
    for shot in shots:
        by_tower.setdefault(shot["tower"], {})[_key(shot)] = shot
    return [
        {
            "number": number,
            "cells": [held.get(key) for key, _ in columns],
            "seen": sum(s["state"] == "seen" for s in held.values()),
            "required": len(held),
        }
        for number, held in sorted(by_tower.items())
    ]


def _file(seen: Sequence[str]) -> str:
    """The shots that need not be flown again, as `resume --verified` reads them, in base64."""
    return base64.b64encode(json.dumps(list(seen), ensure_ascii=False).encode()).decode()
