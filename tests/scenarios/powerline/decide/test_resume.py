"""After a forced return the rest is flown, and nothing required is missed or photographed twice."""

from __future__ import annotations

import json
import random

import pytest
from tests.scenarios.powerline.decide.drawn import write

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.decide.commands import plan, prove, resume


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resume")
    out = folder / "whole.plan"
    plan(write(folder / "line.geojson"), 5, "tower", out)
    return out


def ids(file):
    return [shot["id"] for shot in json.loads(file.read_text("utf-8"))["mumian"]["shots"]]


def verified(tmp_path, taken):
    file = tmp_path / "verified.json"
    file.write_text(json.dumps(taken), "utf-8")
    return file


@pytest.mark.parametrize("taken", [0, 1, 7, 22, 30, 44])
def test_the_rest_is_exactly_what_was_not_verified(whole, tmp_path, taken):
    rest = tmp_path / "rest.plan"
    resume(whole, verified(tmp_path, ids(whole)[:taken]), rest)
    assert sorted(ids(rest)) == sorted(ids(whole)[taken:])
    prove(rest)


def test_shots_missed_anywhere_are_flown_and_resumed_again(whole, tmp_path):
    drawn = random.Random(4)
    first = drawn.sample(ids(whole), 30)
    rest, last = tmp_path / "rest.plan", tmp_path / "last.plan"
    resume(whole, verified(tmp_path, first), rest)
    second = drawn.sample(ids(rest), 10)
    resume(rest, verified(tmp_path, second), last)
    assert set(first) | set(second) | set(ids(last)) == set(ids(whole))
    assert len(ids(last)) == 5


@pytest.mark.parametrize("content", ['["nothing"]', "{}", "[1]", "{", ""])
def test_what_is_no_list_of_shots_is_refused(whole, tmp_path, content):
    file = tmp_path / "verified.json"
    file.write_text(content, "utf-8")
    with pytest.raises(BadInput):
        resume(whole, file, tmp_path / "rest.plan")


def test_nothing_is_left_when_all_is_verified(whole, tmp_path):
    with pytest.raises(BadInput, match="nothing is left"):
        resume(whole, verified(tmp_path, ids(whole)), tmp_path / "rest.plan")
