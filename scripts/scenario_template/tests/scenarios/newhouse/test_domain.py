"""The field's nouns are frozen values."""

from __future__ import annotations

from dataclasses import is_dataclass

from mumian.scenarios.newhouse import domain


def test_every_noun_is_frozen() -> None:
    nouns = [each for each in vars(domain).values() if isinstance(each, type) and is_dataclass(each)]
    assert [noun.__name__ for noun in nouns if not noun.__dataclass_params__.frozen] == []
