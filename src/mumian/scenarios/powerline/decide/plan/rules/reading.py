"""Reads a rule pack from TOML, and the rules that a plan carries, and says which entry is missing or wrong."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.decide.plan.refusals import NoSuchVoltage
from mumian.scenarios.powerline.decide.plan.rules.model import (
    Camera,
    Clause,
    Limits,
    PhotoRules,
    Rules,
    States,
    Structure,
    VehicleType,
)
from mumian.scenarios.powerline.domain.tension import ConductorType

SHIPPED = Path(__file__).with_name("cn_uav.toml")
_Row = TypeVar("_Row")
_SOME = 1e-3  # what is divided by
_LARGEST = 1e12
_SHARES, _MOST_OF_A_SHARE = ("reserve", "overlap"), 0.95


def load(voltage_kv: float, path: Path | None = None) -> Rules:
    """The pack's rules for a voltage; BadInput says which entry is missing or no finite number above 0."""
    source = path or SHIPPED
    try:
        raw = source.read_bytes()
        pack = tomllib.loads(raw.decode())
    except OSError as error:
        raise BadInput(detail=f"{source}: {error.strerror}; hand in a TOML rule pack") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(detail=f"{source}: {error}; mend the TOML") from None
    return _narrowed(pack, hashlib.sha256(raw).hexdigest(), voltage_kv, str(source))


def _narrowed(pack: dict[str, Any], sha256: str, voltage_kv: float, what: str) -> Rules:
    rows = _tables(pack, "voltage", what)
    fitting = sorted(
        (r for r in rows if _number(r.get("nominal_kv"), f"{what}: [[voltage]] nominal_kv") >= voltage_kv),
        key=lambda row: row["nominal_kv"],
    )
    if not fitting:
        raise NoSuchVoltage(pack=what, kv=voltage_kv)
    wires = {row.get("name"): row for row in _tables(pack, "conductor", what)}
    wire = wires.get(fitting[0].get("conductor"))
    if wire is None:
        raise BadInput(detail=f"{what}: no [[conductor]] named {fitting[0].get('conductor')!r}; add it")
    return of_json(
        {**pack, "pack": pack.get("id", ""), "sha256": sha256, "structure": {**fitting[0], "conductor": wire},
         "clauses": {row.get("rule"): row for row in _tables(pack, "clause", what)}}, what,
    )  # fmt: skip


def of_json(written: Any, what: str) -> Rules:
    """The rules a plan carries. BadInput names the entry that is missing or wrong."""
    if not isinstance(written, dict):
        raise BadInput(detail=f"{what}: a table of rules is meant")
    structure = _table(written, "structure", what)
    wire = _table(structure, "conductor", what)
    named = {"name": str(wire.get("name", ""))}
    figures = _row(ConductorType, wire, f"{what}: conductor", named)
    clauses = {
        str(rule): Clause(
            str(rule),
            str(row.get("id", "")),
            row.get("checked") is True,
            str(row.get("zh", "")),
            str(row.get("en", "")),
        )
        for rule, row in _table(written, "clauses", what).items()
        if isinstance(row, dict)
    }
    return Rules(
        str(written.get("pack", "")),
        str(written.get("sha256", "")),
        _row(Limits, _table(written, "limits", what), f"{what}: limits"),
        _row(States, _table(written, "weather", what), f"{what}: weather", least=-100.0),
        _row(PhotoRules, _table(written, "photo", what), f"{what}: photo"),
        _row(Camera, _table(written, "camera", what), f"{what}: camera", least=_SOME),
        _row(VehicleType, _table(written, "vehicle", what), f"{what}: vehicle", least=_SOME),
        _row(Structure, structure, f"{what}: structure", {"conductor": figures}),
        clauses,
    )


def _row(
    kind: type[_Row],
    table: dict[str, Any],
    what: str,
    given: dict[str, Any] | None = None,
    least: float = 0.0,
) -> _Row:
    given = given or {}
    names = [f.name for f in fields(kind) if f.name not in given]  # type: ignore[arg-type]
    return kind(**given, **{name: _number(table.get(name), f"{what}.{name}", least) for name in names})


def _number(value: Any, what: str, least: float = 0.0) -> float:
    most = _MOST_OF_A_SHARE if what.rsplit(".", 1)[-1] in _SHARES else _LARGEST
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < most:
        raise BadInput(
            detail=f"{what} is {str(value)[:40]}: a number from {least:g} and below {most:g} is meant"
        )
    return float(value)


def _table(holder: dict[str, Any], name: str, what: str) -> dict[str, Any]:
    table = holder.get(name)
    if not isinstance(table, dict):
        raise BadInput(detail=f"{what}: the table {name} is missing")
    return table


def _tables(pack: dict[str, Any], name: str, what: str) -> list[dict[str, Any]]:
    rows = pack.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput(detail=f"{what}: [[{name}]] is missing")
    return rows
