"""`mumian eldercare decode-watch`."""

import json

import pytest

from mumian.scenarios.eldercare.observe.watch_command import decode_watch


def test_one_line_for_each_frame_in_order_of_arrival(tmp_path):
    source, out = tmp_path / "stream.bin", tmp_path / "frames.jsonl"
    source.write_bytes(
        b"[3G*8800000015*000D*LK,50,100,100]xx[ZJ*014111001332708*0075*0064*AL,040418,052156,A,22.536207,N,113.938673,"
        b"E,0,0,0,5,100,82,1000,50,00010000,1,255,460,0,9340,3663,35][3G*1*0009*heart,255][3G*1*0003*XYZ][3G*1*00"
    )
    assert decode_watch(source, out) == 0
    lines = [json.loads(text) for text in out.read_text("utf-8").splitlines()]
    assert [line["command"] for line in lines] == ["LK", None, "AL", "heart", "XYZ", None]
    assert [bool(line["error"]) for line in lines] == [False, True, False, True, False, True]
    assert (lines[2]["id"], lines[2]["index"], lines[2]["alarm"]) == ("014111001332708", "0075", "sos")
    assert (lines[2]["lat"], lines[2]["time_utc"]) == (22.536207, "2018-04-04T05:21:56Z")
    assert bytes.fromhex(lines[2]["reply"]) == b"[ZJ*014111001332708*0075*0002*AL]"
    assert "offset 34" in lines[1]["error"]
    assert lines[4]["raw"] == []
    assert lines[5]["offset"] + lines[5]["bytes"] == source.stat().st_size


def test_an_empty_file_gives_no_lines(tmp_path):
    (tmp_path / "empty.bin").touch()
    assert decode_watch(tmp_path / "empty.bin", tmp_path / "out.jsonl") == 0
    assert (tmp_path / "out.jsonl").read_text() == ""


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        decode_watch(tmp_path / "none.bin", tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()
