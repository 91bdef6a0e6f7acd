"""What a finding means for a person: tier, ladder and words. Rules are versioned CEL text, so a director can read them.

A policy is data that a scenario declares; the writer applies it. It never looks at a database.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from typing import Any

import cel  # type: ignore[import-untyped,unused-ignore]

from mumian.core.decide.states import TIERS
from mumian.core.kernel.errors import BadInput

ROLES = ("ask", "caregiver", "nurse", "director")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a policy.

    kind    finding kind it speaks about
    tier    CEL expression giving "intervene", "warn", "assist" or "" (no alarm)
    ladder  roles in the order they are asked; "ask" is the wearer's own band
    zh, en  what the alarm says; format strings over the finding's detail
    pages_from  the lowest tier that pages anybody; an alarm below it stands on the station and no more
    zh_told, en_told  the same for a finding without a score: the device said so itself
    """

    kind: str
    version: int
    tier: str
    ladder: tuple[str, ...]
    zh: str
    en: str
    note: str = ""
    pages_from: str = "assist"
    zh_told: str = ""
    en_told: str = ""

    def climbs(self, tier: str) -> bool:
        """Whether an alarm of `tier` climbs the ladder."""
        return TIERS.index(tier) <= TIERS.index(self.pages_from)

    @property
    def name(self) -> str:
        return f"{self.kind}@{self.version}"


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules of a house by finding kind."""

    rules: Mapping[str, Rule]

    def rule(self, kind: str) -> Rule | None:
        return self.rules.get(kind)


def tier(rule: Rule, facts: Mapping[str, Any]) -> str:
    """The tier that `rule` gives for `facts`: care_level, hour, quiet, assigned, score, threshold

    Raises BadInput naming the rule when its expression is wrong or gives something that is no tier.
    """
    try:
        given = _program(rule.tier).execute(dict(facts))
    except Exception as error:  # the CEL library raises plain ValueError and RuntimeError
        raise BadInput(detail=f"rule {rule.name}: {rule.tier!r} cannot be evaluated: {error}") from error
    if given not in (*TIERS, ""):
        raise BadInput(
            detail=f"rule {rule.name} gave {given!r}; a rule gives one of {', '.join(TIERS)} or ''"
        )
    return str(given)


@lru_cache(maxsize=256)
def _program(text: str) -> Any:
    return cel.compile(text)


def load(text: str) -> Policy:
    """Rules from TOML (`[[rule]]` tables). Raises BadInput naming the rule that is wrong."""
    try:
        rows = tomllib.loads(text).get("rule", [])
    except tomllib.TOMLDecodeError as error:
        raise BadInput(detail=f"rules: not TOML: {error}") from error
    return Policy({rule.kind: rule for rule in map(_rule, rows)})


def _rule(row: Mapping[str, Any]) -> Rule:
    name = f"rule {row.get('kind', '?')}@{row.get('version', '?')}"
    known = {field.name: field.default is MISSING for field in fields(Rule)}
    if missing := [key for key, needed in known.items() if needed and key not in row]:
        raise BadInput(detail=f"{name}: {', '.join(missing)} missing")
    if unknown := sorted(set(row) - set(known)):
        raise BadInput(detail=f"{name}: {unknown[0]!r} is unknown; a rule has {', '.join(known)}")
    rule = Rule(**{**row, "ladder": tuple(row["ladder"])})
    if strange := set(rule.ladder) - set(ROLES):
        raise BadInput(detail=f"{name}: unknown ladder role {strange.pop()!r}; use {', '.join(ROLES)}")
    if rule.pages_from not in TIERS:
        raise BadInput(detail=f"{name}: pages_from {rule.pages_from!r}; one of {', '.join(TIERS)}")
    return rule
