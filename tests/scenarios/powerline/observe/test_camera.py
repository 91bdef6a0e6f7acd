"""What a camera's header and a flight's record tell of photographs, and what hostile ones do not."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from mumian.core.kernel.geo import Wgs84
from mumian.scenarios.powerline.observe.camera.exif import NOTHING, stamp
from mumian.scenarios.powerline.observe.camera.orders import RecordUnusable, read

DIGEST = "a" * 64


def block(taken: str | None = "2026:03:14 09:26:53", sub: str | None = None, zone: str | None = None, place: tuple[float, float] | None = None) -> bytes:  # fmt: skip
    exif = Image.Exif()
    inner = exif.get_ifd(0x8769)
    for tag, value in ((0x9003, taken), (0x9291, sub), (0x9011, zone)):
        if value is not None:
            inner[tag] = value
    if place is not None:
        spots = exif.get_ifd(0x8825)
        for n, (value, words) in enumerate(zip(place, ("NS", "EW"), strict=True)):
            spots[1 + 2 * n] = words[value < 0]
            spots[2 + 2 * n] = tuple(IFDRational(v, d) for v, d in ((int(abs(value)), 1), (0, 1), (round(abs(value) % 1 * 3600 * 1e4), 10_000)))  # fmt: skip
    return exif.tobytes()


def test_time_to_the_millisecond_and_its_zone() -> None:
    utc = stamp(block(sub="250", zone="+00:00"))
    assert utc.step_us == 1000
    assert stamp(block(sub="250", zone="+08:00")).taken_us == utc.taken_us - 8 * 3600 * 1_000_000
    assert stamp(block()).step_us == 1_000_000
    assert stamp(block()).taken_us == utc.taken_us - 250_000


def test_place_in_all_four_quarters() -> None:
    for lat, lon in ((23.05, 113.4), (-33.9, 151.2), (40.7, -74.0), (-22.9, -43.2)):
        at = stamp(block(place=(lat, lon))).at
        assert at is not None
        assert (at.lat_deg, at.lon_deg) == (pytest.approx(lat, abs=1e-6), pytest.approx(lon, abs=1e-6))
    assert stamp(block(place=(0.0, 0.0))).at is None


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "    :  :     :  :  ", "", "2026:13:45 99:99:99"])
def test_a_time_that_is_none_is_none(taken: str) -> None:
    assert stamp(block(taken)).taken_us is None


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_yield_nothing(noise: bytes) -> None:
    assert stamp(b"Exif\0\0" + noise).step_us > 0
    assert stamp(b"Exif\0\0II*\0\x08\0\0\0" + noise).step_us > 0


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_true_header_with_one_byte_changed_never_raises(at: int, byte: int) -> None:
    whole = bytearray(block(sub="1", zone="+08:00", place=(23.0, 113.0)))
    whole[at % len(whole)] = byte
    stamp(bytes(whole))


def test_a_header_that_points_at_itself_ends() -> None:
    looping = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 0xFFFF)
    looping += (struct.pack(">HHII", 0x8769, 4, 1, 8) + struct.pack(">HHII", 0x8825, 4, 1, 8)) * 2500
    assert stamp(looping) == NOTHING


def row(second: int, **more: object) -> dict[str, object]:
    return {"time": f"2026-03-14T01:00:{second:02d}.000000Z", "kind": "photo", "evidence": "CAMERA_TRIGGER", "item": second, "doJumpId": second} | more  # fmt: skip


def record(path: Path, *rows: dict[str, object], flight: str = "f", digest: str = DIGEST) -> Path:
    begun = {"time": "2026-03-14T01:00:00.000000Z", "kind": "flight", "flight": flight, "plan_sha256": digest}
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in (begun, *rows))
    return path


def test_orders_in_order_of_time_the_cameras_word_before_the_items(tmp_path: Path) -> None:
    path = record(tmp_path / "a", row(9), row(4, evidence="item", time="2026-03-14T01:00:03.000000Z"), row(4), row(6, evidence="item", lat_deg=23.0, lon_deg=113.0), row(7, failed=True), {"kind": "position"})  # fmt: skip
    told = read(path, DIGEST)
    assert [o.jump_id for o in told.orders] == [4, 6, 9]
    assert told.orders[0].at_us % 60_000_000 == 4_000_000
    assert told.orders[1].at == Wgs84(23.0, 113.0)


def test_the_last_flight_of_the_plan_counts(tmp_path: Path) -> None:
    path = record(tmp_path / "a", row(1), row(2), flight="first")
    record(path, row(3), flight="second")
    record(path, row(5), flight="other plan", digest="b" * 64)
    told = read(path, DIGEST)
    assert (told.flight, [o.jump_id for o in told.orders]) == ("second", [3])


def test_a_line_that_a_kill_cut_off_is_passed_over(tmp_path: Path) -> None:
    path = record(tmp_path / "a", row(1), row(2))
    path.write_text(path.read_text("utf-8")[:-30], "utf-8")
    assert [o.jump_id for o in read(path, DIGEST).orders] == [1]


@pytest.mark.parametrize(
    ("content", "said"), [("", "no flight"), ("{}\n[1]\nnull\n", "no flight"), ("\0\xff\n" * 9, "no flight")]
)
def test_what_is_no_record_says_how_to_mend_it(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "a").write_text(content, "utf-8")
    with pytest.raises(RecordUnusable, match=said):
        read(tmp_path / "a", DIGEST)


def test_the_record_of_another_plan_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordUnusable, match="give the plan that was flown"):
        read(record(tmp_path / "a", row(1)), "c" * 64)
    with pytest.raises(RecordUnusable, match="name a file that is there"):
        read(tmp_path / "none", DIGEST)
