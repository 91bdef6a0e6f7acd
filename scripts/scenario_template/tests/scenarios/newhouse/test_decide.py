"""The rules: every one gives a tier for every situation, and every kind that is an alarm each time has one."""

from __future__ import annotations

import itertools

from mumian.core.decide import policy
from mumian.core.decide.states import TIERS
from mumian.scenarios.newhouse import decide

RULES = decide.rules().rules


def test_each_rule_gives_a_tier_whatever_the_situation() -> None:
    corners = itertools.product((1, 5), (3, 14), (True, False), (True, False), (0.0, 1e6), (0.0, 1e6))
    names = ("care_level", "hour", "quiet", "assigned", "score", "threshold")
    for facts in (dict(zip(names, corner, strict=True)) for corner in corners):
        assert {policy.tier(rule, facts) for rule in RULES.values()} <= {*TIERS, ""}


def test_each_rule_speaks_both_languages() -> None:
    assert [rule.name for rule in RULES.values() if not (rule.zh and rule.en)] == []


def test_kinds_that_are_alarms_each_time_have_a_rule() -> None:
    assert set(RULES) >= decide.EVERY_ONE
