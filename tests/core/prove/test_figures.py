"""Figures of a home: what is sealed is computed and signed; what was touched afterwards is void."""

from __future__ import annotations

import base64
import json

import pytest
from tests.core.prove.conftest import good_share, tell

from mumian.core.kernel import dsse, keys
from mumian.core.prove import export, figure, figures, heads, proportion
from mumian.core.prove.evidence import SegmentChanged, SegmentMissing
from mumian.core.store import Jsonb, catalogue, ledger


def compute(store):
    return figures.compute(store, store.clock, [good_share])


def rows(store):
    return {row["origin"]: row for row in figures.current(store, "testhouse")}


def flip(path, at=-20):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_one_figure_an_origin_with_n_bound_and_digests(home):
    field, replay = compute(home)
    assert (field.origin, field.value, field.n, field.k, field.verdict) == ("field", 0.8, 50, 40, "met")
    assert (replay.origin, replay.value, replay.n, replay.verdict) == ("replay", 0.6, 5, "insufficient")
    assert field.lower == pytest.approx(proportion(40, 50).lower)
    assert set(field.digests) == {s.sha256 for s in catalogue.segments(home, "events")}


def test_what_is_not_sealed_does_not_count(home):
    with home.tx() as cur:
        figures.ledger.append(cur, "other", "x", bytes(32))
    assert compute(home)[0].n == 50


def test_rows_carry_what_the_command_prints(home):
    compute(home)
    row = rows(home)["field"]
    assert {"id", "clause", "value", "n", "lower", "upper", "method", "origin", "verdict", "digests"} <= set(
        row
    )
    assert (row["title"]["zh"], row["goal"], row["void"]) == ("好的比例", ">=0.5", None)
    json.dumps(row)


def test_an_indicator_without_a_figure_says_so(make_store):
    row = rows(make_store("prove"))["field"]
    assert (row["value"], row["n"], row["verdict"], row["digests"]) == (None, 0, "insufficient", [])


def test_the_table_has_no_column_for_a_value(home):
    names = home.query("select column_name from information_schema.columns where table_schema = 'prove'")
    assert {n for (n,) in names} == {"id", "indicator", "origin", "computed_us", "leaf", "envelope"}


def test_a_flipped_byte_voids_the_figures(home):
    compute(home)
    first = catalogue.segments(home, "events")[0]
    flip(home.home / first.path)
    for row in rows(home).values():
        assert (row["verdict"], row["value"], row["lower"]) == ("void", None, None)
        assert first.path in row["void"]["en"]


def test_nothing_is_computed_over_damaged_evidence_and_the_void_stays(home):
    first = catalogue.segments(home, "events")[0]
    flip(home.home / first.path)
    assert compute(home) == []
    assert (rows(home)["field"]["verdict"], rows(home)["field"]["value"]) == ("void", None)
    flip(home.home / first.path)
    assert compute(home)[0].n == 50
    flip(home.home / first.path)
    assert compute(home) == []
    assert {row["verdict"] for row in rows(home).values()} == {"void"}


def test_a_removed_segment_voids_the_figures_and_a_new_computation_differs(home):
    before = compute(home)[0]
    first = catalogue.segments(home, "events")[0]
    (home.home / first.path).unlink()
    assert rows(home)["field"]["verdict"] == "void"
    assert compute(home) == []
    home.query("delete from store.segments where id = %s", [first.id])
    assert rows(home)["field"]["void"]["en"] == f"segment {first.sha256[:8]} is not in the catalogue"
    assert compute(home)[0].n != before.n


def test_retention_says_source_expired(home):
    compute(home)
    home.query("update store.segments set dropped_us = 1 where id = %s", [catalogue.segments(home)[0].id])
    assert "source expired" in rows(home)["field"]["void"]["en"]


def _tampered(envelope):
    payload = base64.b64decode(envelope["payload"]).replace(b'"value":0.8', b'"value":0.9')
    return {**envelope, "payload": base64.b64encode(payload).decode()}


def test_a_tampered_envelope_is_void(home):
    compute(home)
    ((id, envelope),) = home.query("select id, envelope from prove.figures where origin = 'field'")
    home.query("update prove.figures set envelope = %s where id = %s", [Jsonb(_tampered(envelope)), id])
    row = rows(home)["field"]
    assert (row["verdict"], row["value"], row["n"]) == ("void", None, None)
    assert "signature" in row["void"]["en"]


def test_an_envelope_in_anothers_place_is_void(home):
    compute(home)
    home.query("update prove.figures set origin = 'simulation' where origin = 'field'")
    assert rows(home)["simulation"]["verdict"] == "void"


def test_a_new_figure_takes_the_place_of_the_old(home):
    compute(home)
    tell(home, 50, 50)
    compute(home)
    assert rows(home)["field"]["n"] == 100


def test_a_figure_that_says_nothing_new_is_not_filed_again(home):
    compute(home)
    home.clock.advance(60)
    compute(home)
    assert home.query("select count(*) from prove.figures") == [(2,)]
    ((id, envelope),) = home.query("select id, envelope from prove.figures where origin = 'field'")
    home.query("update prove.figures set envelope = %s where id = %s", [Jsonb(_tampered(envelope)), id])
    compute(home)
    assert (rows(home)["field"]["value"], rows(home)["field"]["void"]) == (0.8, None)


def test_a_figure_is_verified_without_our_code(home):
    compute(home)
    ((envelope,),) = home.query("select envelope from prove.figures where origin = 'field'")
    payload = base64.b64decode(envelope["payload"])
    signed = b"DSSEv1 %d %b %d %b" % (len(figure.PAYLOAD), figure.PAYLOAD.encode(), len(payload), payload)
    keys.public(home.home).verify(base64.b64decode(envelope["signatures"][0]["sig"]), signed)
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert sorted(s["digest"]["sha256"] for s in statement["subject"]) == statement["predicate"]["digests"]


@pytest.mark.parametrize("was_signed_before", [False, True])
def test_an_export_proves_itself_against_the_signed_head(home, was_signed_before):
    if was_signed_before:
        heads.sign(home)
    compute(home)
    made = export.document(home, rows(home)["field"]["figure"])
    head = json.loads(dsse.verify(made["head"]["envelope"], heads.PAYLOAD, keys.public(home.home)))
    root = bytes.fromhex(head["root"])
    for segment in made["segments"]:
        leaf = ledger.leaf_hash(bytes.fromhex(segment["sha256"]))
        proof = segment["inclusion"]
        path = [bytes.fromhex(h) for h in proof["path"]]
        assert ledger.verify_inclusion(leaf, proof["leaf"], head["size"], path, root)
    leaf = ledger.leaf_hash(figures.digest(made["envelope"]))
    path = [bytes.fromhex(h) for h in made["inclusion"]["path"]]
    assert ledger.verify_inclusion(leaf, made["inclusion"]["leaf"], head["size"], path, root)


@pytest.mark.parametrize("shape", ["row", "export", "envelope", "list"])
def test_recomputing_gives_the_same_digits_from_files_alone(home, tmp_path, shape):
    field = compute(home)[0]
    row = rows(home)["field"]
    made = export.document(home, row["figure"])
    file = tmp_path / "figure.json"
    file.write_text(
        json.dumps({"row": row, "export": made, "envelope": made["envelope"], "list": [row]}[shape])
    )
    home.close()
    assert export.recompute(file, home.home) == field


def test_recomputing_names_the_segment_that_is_gone_or_changed(home, tmp_path):
    compute(home)
    file = tmp_path / "figure.json"
    file.write_text(json.dumps(rows(home)["field"]))
    first, second = catalogue.segments(home, "events")
    flip(home.home / second.path)
    with pytest.raises(SegmentChanged, match=second.path):
        export.recompute(file, home.home)
    flip(home.home / second.path)
    (home.home / first.path).unlink()
    with pytest.raises(SegmentMissing, match=first.sha256):
        export.recompute(file, home.home)


def test_a_figure_that_was_written_by_hand_does_not_recompute(home, tmp_path):
    compute(home)
    file = tmp_path / "figure.json"
    file.write_text(json.dumps({**rows(home)["field"], "value": 0.99}))
    with pytest.raises(export.FigureDiffers, match=r"value recomputes to 0\.8, the file says 0\.99"):
        export.recompute(file, home.home)
    file.write_text(json.dumps({**rows(home)["field"], "origin": "replay"}))
    with pytest.raises(export.FigureDiffers):
        export.recompute(file, home.home)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "x"}', "1"])
def test_what_is_no_figure_is_refused(home, tmp_path, text):
    file = tmp_path / "figure.json"
    file.write_text(text)
    with pytest.raises(ValueError, match="figure"):
        export.recompute(file, home.home)
