"""The rule pack: limits, clauses, assumed structures, camera and vehicle, read from an editable TOML file."""

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
from mumian.scenarios.powerline.decide.plan.rules.reading import SHIPPED, load, of_json
from mumian.scenarios.powerline.decide.plan.rules.strictness import assumed_otherwise, digest, strictest

__all__ = [
    "SHIPPED",
    "Camera",
    "Clause",
    "Limits",
    "PhotoRules",
    "Rules",
    "States",
    "Structure",
    "VehicleType",
    "assumed_otherwise",
    "digest",
    "load",
    "of_json",
    "strictest",
]
