"""Rule packs: clearances, states, grades and assumed conductors as data with clause ids (`rules/*.toml`, or a file of one's own)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.domain.tension import ConductorType, Weather

SHIPPED = Path(__file__).parents[2] / "rules"
OBJECTS = ("ground", "vegetation", "building")
MEASURES = ("vertical", "net", "any")
MEASURED = "measured"  # the state in which the line was scanned


class RulesUnusable(BadInput):
    """No such pack, or it does not say what a pack says."""

    code = "rules_unusable"
    zh = "规则包 {name} 不可用：{fault}；自带规则包：{shipped}"
    en = "Rule pack {name} cannot be used: {fault}; packs that ship: {shipped}"


@dataclass(frozen=True, slots=True)
class Rule:
    """The least distance to a kind of object, in a state of the conductor; `required_m` is the line's own figure."""

    id: str
    object: str
    measure: str
    state: str
    clause: str
    zh: str
    en: str
    required_m: float


@dataclass(frozen=True, slots=True)
class State:
    """A weather of the pack, in both languages, with its clause."""

    name: str
    zh: str
    en: str
    clause: str
    weather: Weather


@dataclass(frozen=True, slots=True)
class Grade:
    """Below which share of the required distance a hazard takes this grade."""

    name: str
    zh: str
    below: float


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules for one nominal voltage; `class_kv` is the column that they were read from."""

    name: str
    title: Mapping[str, str]
    is_verified: bool
    class_kv: int
    rules: tuple[Rule, ...]
    states: tuple[State, ...]
    grades: tuple[Grade, ...]
    conductor: ConductorType

    def grade(self, clearance_m: float, required_m: float) -> Grade:
        """The worst grade that the distance falls under."""
        share = clearance_m / required_m
        return min(
            (one for one in self.grades if share < one.below),
            key=lambda one: one.below,
            default=self.grades[0],
        )

    def reach_m(self) -> float:
        """The greatest distance that any rule asks for."""
        return max(rule.required_m for rule in self.rules)


def load(name: str, voltage_kv: int) -> Pack:
    """A shipped pack by name, or the pack in a `.toml` file, for a line of this voltage. RulesUnusable otherwise."""
    path = Path(name) if name.endswith(".toml") else SHIPPED / f"{name}.toml"
    shipped = ", ".join(
        sorted(one.stem for one in SHIPPED.glob("*.toml") if "[[rule]]" in one.read_text("utf-8"))
    )
    if not name.endswith(".toml") and not name.isidentifier():
        raise RulesUnusable(name=name, fault="there is none", shipped=shipped)
    try:
        return _pack(tomllib.loads(path.read_text("utf-8")), voltage_kv)
    except FileNotFoundError:
        raise RulesUnusable(name=name, fault="there is none", shipped=shipped) from None
    except KeyError as error:
        raise RulesUnusable(name=name, fault=f"it lacks {error}", shipped=shipped) from None
    except (OSError, ValueError, TypeError, AttributeError, BadInput) as error:
        raise RulesUnusable(name=name, fault=str(error), shipped=shipped) from None


def _pack(raw: dict[str, Any], kv: int) -> Pack:
    rules = tuple(_rule(row, kv) for row in raw["rule"])
    states = tuple(_state(row, kv) for row in raw["state"])
    grades = tuple(Grade(row["name"], row["zh"], float(row["below"])) for row in raw["grade"])
    if not rules or not grades:
        raise ValueError("at least one rule and one grade are meant")
    unknown = {rule.state for rule in rules} - {state.name for state in states}
    if unknown:
        raise ValueError(f"no state {', '.join(sorted(unknown))}")
    class_kv = max(_column(row["required_m"], kv)[0] for row in raw["rule"])
    conductor = ConductorType(**_column(raw["conductor"], kv)[1])
    return Pack(
        raw["name"],
        raw["title"],
        bool(raw.get("verified", False)),
        class_kv,
        rules,
        states,
        grades,
        conductor,
    )


def _column(by_kv: Mapping[str, Any], kv: int) -> tuple[int, Any]:
    """The entry of the lowest nominal voltage that is not below the line's."""
    fitting = sorted(int(column) for column in by_kv if int(column) >= kv)
    if not fitting:
        raise ValueError(f"it ends at {max(map(int, by_kv))} kV, below this line's {kv} kV")
    return fitting[0], by_kv[str(fitting[0])]


def _rule(row: dict[str, Any], kv: int) -> Rule:
    required = float(_column(row["required_m"], kv)[1])
    if row["object"] not in OBJECTS or row["measure"] not in MEASURES or not 0 < required < math.inf:
        raise ValueError(f"rule {row['id']}: object, measure or figure is none that is known")
    return Rule(
        row["id"], row["object"], row["measure"], row["state"], row["clause"], row["zh"], row["en"], required
    )


def _state(row: dict[str, Any], kv: int) -> State:
    wind = row.get("wind_mps", 0.0)
    wind = _column(wind, kv)[1] if isinstance(wind, dict) else wind
    if row["name"] == MEASURED:
        raise ValueError(f"the state {MEASURED} is the scan's own")
    weather = Weather(
        float(row["temperature_c"]),
        float(wind),
        float(row.get("ice_mm", 0.0)),
        float(row.get("wind_factor", 1.0)),
    )
    return State(row["name"], row["zh"], row["en"], row["clause"], weather)
