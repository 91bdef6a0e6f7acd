"""Files that commands write: whole, through links, into devices, and never half."""

from __future__ import annotations

from pathlib import Path

import pytest

from mumian.core.kernel import files
from mumian.core.kernel.errors import BadInput


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("earlier")
    files.write_json(out, {"名": 1})
    assert out.read_text("utf-8") == '{\n "名": 1\n}\n'
    assert list(tmp_path.iterdir()) == [out]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "real.txt")
    files.write(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "real.txt").read_text() == "x"


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no /dev/full")
def test_a_device_stays_a_device_and_a_full_disk_is_told() -> None:
    with pytest.raises(BadInput, match=r"/dev/full cannot be written: No space left.*free some space"):
        files.write(Path("/dev/full"), "x")
    assert Path("/dev/full").is_char_device()
    files.write(Path("/dev/null"), b"x")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", [".", "nowhere/x.json"])
def test_what_is_no_place_for_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"name a file|make it first"):
        files.write(tmp_path / name, "x")
