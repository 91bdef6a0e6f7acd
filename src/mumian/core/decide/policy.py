"""What a finding means for a person: tier, ladder and words. Rules are versioned CEL text, so a director can read them.

A policy is data that a scenario declares; the writer applies it. It never looks at a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    zh_told, en_told  the same for a finding without a score: the device said so itself
    """

    kind: str
    version: int
    tier: str
    ladder: tuple[str, ...]
    zh: str
    en: str
    note: str = ""
    zh_told: str = ""
    en_told: str = ""

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
    import tomllib

    rules: dict[str, Rule] = {}
    for row in tomllib.loads(text)["rule"]:
        rule = Rule(**{**row, "ladder": tuple(row["ladder"])})
        if unknown := set(rule.ladder) - set(ROLES):
            raise BadInput(
                detail=f"rule {rule.name}: unknown ladder role {unknown.pop()!r}; use {', '.join(ROLES)}"
            )
        rules[rule.kind] = rule
    return Policy(rules)
