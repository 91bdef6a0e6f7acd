"""`verify` over figures and heads; the bytes of segments are store's own test."""

from __future__ import annotations

import pytest
from tests.core.prove.conftest import good_share, tell
from tests.core.prove.test_figures import flip

from mumian.core.prove import figures, heads
from mumian.core.prove.verify import as_json, verify
from mumian.core.store import catalogue


@pytest.fixture
def signed(home):
    figures.compute(home, home.clock, [good_share])
    heads.sign(home)
    return home


def test_a_whole_home_is_whole(signed):
    found = verify(signed)
    assert (found.whole, found.figures, found.heads, found.faults) == (True, 2, 1, ())
    assert as_json(found)["whole"] is True


def test_a_changed_segment_is_named_once(signed):
    first = catalogue.segments(signed, "events")[0]
    flip(signed.home / first.path)
    found = verify(signed)
    assert not found.whole
    assert as_json(found)["faults"] == [
        {"file": first.path, "what": found.sealed.damages[0].reason, "offset": 0}
    ]


def test_a_segment_that_was_taken_out_of_the_catalogue_too_is_missed_by_its_figures(signed):
    first = catalogue.segments(signed, "events")[0]
    (signed.home / first.path).unlink()
    signed.query("delete from store.segments where id = %s", [first.id])
    faults = verify(signed).faults
    assert [f.what for f in faults] == ["figure", "figure"]
    assert first.sha256[:8] in faults[0].en


def test_a_figure_that_was_taken_away_is_missed(signed):
    ((id,),) = signed.query("delete from prove.figures where origin = 'field' returning id")
    (fault,) = verify(signed).faults
    assert (fault.what, fault.name, "gone" in fault.en) == ("figure", id, True)


def test_heads_are_signed_once_a_size_and_hold_while_the_ledger_grows(signed):
    assert heads.sign(signed) == heads.newest(signed)
    tell(signed, 3, 3)
    heads.sign(signed)
    assert [h["size"] for h in heads.every(signed)] == [4, 5]
    assert verify(signed).whole


def test_a_ledger_that_was_rewritten_does_not_match_its_signed_head(signed):
    signed.query("update store.leaves set hash = %s where index = 0", [bytes(32)])
    assert {f.what for f in verify(signed).faults} == {"head"}


def test_a_head_that_was_rewritten_is_found(signed):
    signed.query("update store.heads set root = %s", [bytes(32)])
    (fault,) = verify(signed).faults
    assert (fault.what, fault.en) == ("head", "its signature does not hold")
