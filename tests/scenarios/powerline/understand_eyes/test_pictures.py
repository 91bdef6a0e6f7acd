"""Photographs as cameras, editors and attackers make them."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.understand.eyes import pictures
from mumian.scenarios.powerline.understand.eyes.pictures import PictureUnreadable, orientation, read


@pytest.fixture
def rgb() -> Image.Image:
    rows, columns = np.mgrid[0:60, 0:80]
    return Image.fromarray(np.stack([columns * 3, rows * 4, (rows + columns) % 200], 2).astype(np.uint8))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "YCbCr"])
def test_jpegs_of_every_mode_become_rgb(rgb: Image.Image, mode: str, tmp_path: Path) -> None:
    rgb.convert(mode).save(tmp_path / "a.jpg", quality=95)
    seen = read(tmp_path / "a.jpg").pixels
    assert seen.shape == (60, 80, 3) and seen.dtype == np.uint8
    if mode != "L":
        assert np.abs(seen.astype(int) - np.asarray(rgb).astype(int)).mean() < 6


@pytest.mark.parametrize("mode", ["RGBA", "P", "1", "I;16", "LA"])
def test_pngs_of_every_mode_become_rgb(rgb: Image.Image, mode: str, tmp_path: Path) -> None:
    image = (
        Image.fromarray(np.asarray(rgb.convert("L"), np.uint16) * 257)
        if mode == "I;16"
        else rgb.convert(mode)
    )
    image.save(tmp_path / "a.png")
    seen = read(tmp_path / "a.png").pixels
    assert seen.shape == (60, 80, 3)
    if mode == "I;16":
        assert np.abs(seen[..., 0].astype(int) - np.asarray(rgb.convert("L")).astype(int)).max() <= 1


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_orientation_is_told_and_not_applied(rgb: Image.Image, turn: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    rgb.save(tmp_path / "a.jpg", exif=exif)
    picture = read(tmp_path / "a.jpg")
    assert picture.orientation == turn
    assert picture.pixels.shape == (60, 80, 3)


def test_a_header_that_promises_gigapixels_is_refused_before_any_memory_is_taken(tmp_path: Path) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")))
    with pytest.raises(PictureUnreadable) as refused:
        read(tmp_path / "bomb.png")
    assert "bomb.png" in refused.value.say("zh")


def test_exif_bombs_are_read_in_bounded_time(rgb: Image.Image, tmp_path: Path) -> None:
    looping = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 0xFFFF) + b"\x90\x00" * 30000
    rgb.save(tmp_path / "a.jpg", exif=looping[:65000])
    assert read(tmp_path / "a.jpg").orientation == 1


@given(st.binary(max_size=200))
def test_any_bytes_have_an_orientation(noise: bytes) -> None:
    assert orientation(b"Exif\0\0" + noise) in range(1, 9)
    assert orientation(b"Exif\0\0II*\0" + noise) in range(1, 9)


def test_two_hundred_damaged_photographs_are_read_or_refused(rgb: Image.Image, tmp_path: Path) -> None:
    stored = BytesIO()
    rgb.save(stored, "JPEG")
    whole, chance, refused = stored.getvalue(), random.Random(5), 0
    for number in range(200):
        body = bytearray(whole[: chance.randrange(len(whole)) if number % 2 else len(whole)])
        for _ in range(chance.randrange(1, 30)):
            if body:
                body[chance.randrange(len(body))] = chance.randrange(256)
        (tmp_path / "a.jpg").write_bytes(body)
        try:
            assert read(tmp_path / "a.jpg").pixels.ndim == 3
        except PictureUnreadable:
            refused += 1
    assert refused > 50


def test_a_folder_without_photographs_says_how_to_mend_it(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(BadInput, match=r"\.jpg"):
        pictures.photographs(tmp_path)
    with pytest.raises(BadInput, match="no folder"):
        pictures.photographs(tmp_path / "missing")
