"""What an indicator sees: sealed bytes only, each event once, one origin."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.prove.sealing import SECOND, T0, event, seal

from mumian.core.prove import evidence
from mumian.core.prove.evidence import Evidence

ROWS = [event(k, k, "alarm", {"alarm": f"A{k}"}, ("field", "replay", "simulation")[k % 3]) for k in range(30)]


def read(segments, origin="field"):
    with Evidence(segments) as opened:
        return list(opened.view(origin, T0, T0 + 100 * SECOND).events("alarm"))


def test_origins_never_meet(tmp_path):
    segment = seal(tmp_path, ROWS)
    seen = {origin: {e.id for e in read([segment], origin)} for origin in evidence.ORIGINS}
    assert sum(map(len, seen.values())) == 30
    assert not seen["field"] & seen["replay"]
    assert not seen["field"] & seen["simulation"]
    with Evidence([segment]) as opened:
        assert opened.origins(T0, T0 + 100 * SECOND) == ["field", "replay", "simulation"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000), parts=st.integers(1, 4))
def test_order_repetition_and_the_cut_into_segments_change_nothing(tmp_path, seed, parts):
    rng = random.Random(seed)
    rows = [*ROWS, *rng.choices(ROWS, k=15)]
    rng.shuffle(rows)
    segments = [seal(tmp_path, rows[k::parts], str(k)) for k in range(parts)]
    assert read(segments) == read([seal(tmp_path, ROWS, "whole")])


def test_the_period_is_half_open(tmp_path):
    with Evidence([seal(tmp_path, ROWS)]) as opened:
        view = opened.view("field", T0 + 3 * SECOND, T0 + 9 * SECOND)
        assert [e.id for e in view.events("alarm")] == [3, 6]


def test_two_readings_side_by_side_do_not_disturb_each_other(tmp_path):
    with Evidence([seal(tmp_path, ROWS)]) as opened:
        view = opened.view("field", T0, T0 + 100 * SECOND)
        pairs = [(a.id, b.id) for a, b in zip(view.events("alarm"), view.events("alarm"), strict=True)]
        assert pairs == [(k, k) for k in range(0, 30, 3)]


def test_one_id_with_two_contents_is_refused(tmp_path):
    forged = event(3, 3, "alarm", {"alarm": "another"})
    with pytest.raises(evidence.EvidenceConflict, match="Event 3"):
        Evidence([seal(tmp_path, ROWS), seal(tmp_path, [forged], "2")])


def test_nothing_sealed_is_no_evidence_and_no_error():
    assert read([]) == []


def test_segments_are_found_by_their_digest(tmp_path):
    segment = seal(tmp_path / "segments" / "2025" / "10", ROWS)
    assert evidence.locate(tmp_path, [segment.sha256]) == [segment]
    renamed = segment.path.rename(segment.path.with_name("events-1-renamed.parquet"))
    assert evidence.locate(tmp_path, [segment.sha256])[0].path == renamed


def test_a_missing_segment_is_named(tmp_path):
    segment = seal(tmp_path / "segments", ROWS)
    segment.path.unlink()
    with pytest.raises(evidence.SegmentMissing, match=segment.sha256):
        evidence.locate(tmp_path, [segment.sha256])


def test_a_flipped_byte_is_named(tmp_path):
    segment = seal(tmp_path / "segments", ROWS)
    data = bytearray(segment.path.read_bytes())
    data[len(data) // 2] ^= 1
    segment.path.write_bytes(data)
    with pytest.raises(evidence.SegmentChanged, match=segment.path.name):
        evidence.locate(tmp_path, [segment.sha256])
