"""The indicators: they bear the house's name and clause, and without evidence none of them claims anything."""

from __future__ import annotations

from pathlib import Path

from tests.core.prove.sealing import view

from mumian.core.prove import goal
from mumian.scenarios.newhouse import prove
from mumian.scenarios.newhouse.scenario import SCENARIO


def test_each_indicator_belongs_to_this_house_and_its_clause() -> None:
    assert [i.id for i in prove.INDICATORS if i.scenario != SCENARIO.name] == []
    assert [i.id for i in prove.INDICATORS if not i.clause.startswith(SCENARIO.clause)] == []
    assert [
        i.id for i in prove.INDICATORS if not (i.about and i.source and set(i.title) == {"zh", "en"})
    ] == []


def test_without_evidence_nothing_is_claimed(tmp_path: Path) -> None:
    for n, indicator in enumerate(prove.INDICATORS):
        found = indicator(view(tmp_path / str(n), []))
        assert goal.verdict(found, indicator.goal, "field")[0] == "insufficient", indicator.id
