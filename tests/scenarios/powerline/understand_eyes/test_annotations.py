"""VOC files and families, whole, damaged and hostile."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.understand.eyes import families, voc
from mumian.scenarios.powerline.understand.eyes.scenes import gather
from mumian.scenarios.powerline.understand.eyes.voc import AnnotationUnreadable


def xml(*things: tuple[str, str]) -> str:
    objects = "".join(f"<object><name>{name}</name>{box}</object>" for name, box in things)
    return f"<annotation>{objects}</annotation>"


def box(*corners: object) -> str:
    named = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    return "<bndbox>" + "".join(f"<{name}>{corner}</{name}>" for name, corner in named) + "</bndbox>"


def test_boxes_by_category_and_others_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(
        xml(("insulator", box(1, 2, 30, 40)), ("defect", box(3, 4, 5.5, 6)), ("bird", box(0, 0, 9, 9)))
    )
    read = voc.read(tmp_path / "a.xml")
    assert read.insulators.tolist() == [[1, 2, 30, 40]]
    assert read.defects.tolist() == [[3, 4, 5.5, 6]]
    assert read.refused == ()


@pytest.mark.parametrize(
    "wrong",
    [
        box(5, 5, 5, 9),
        box(9, 5, 5, 9),
        box("a", 1, 2, 3),
        "<bndbox/>",
        "",
        box("nan", 0, 1, 1),
        box(0, 0, "inf", 1),
    ],
)
def test_a_box_that_is_none_is_left_out_and_named(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "a.xml").write_text(xml(("defect", wrong), ("defect", box(1, 1, 2, 2))))
    read = voc.read(tmp_path / "a.xml")
    assert len(read.defects) == 1
    assert len(read.refused) == 1 and "a.xml" in read.refused[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<annotation>",
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><annotation>&e;</annotation>',
        '<!DOCTYPE a [<!ENTITY e "ha"><!ENTITY f "&e;&e;">]><annotation>&f;</annotation>',
        '<?xml version="1.0" encoding="no-such"?><annotation/>',
    ],
)
def test_damaged_and_hostile_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(AnnotationUnreadable, match=r"a\.xml"):
        voc.read(tmp_path / "a.xml")


@given(noise=st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(noise: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.xml"
    path.write_bytes(noise)
    with contextlib.suppress(AnnotationUnreadable):
        voc.read(path)


def test_families_whole_or_inner(tmp_path: Path) -> None:
    inner = {"A": ["000", "001.jpg"], "B": [7]}
    for content in (inner, {"families": inner, "description": "…"}):
        (tmp_path / "f.json").write_text(json.dumps(content))
        assert families.read(tmp_path / "f.json") == {"000": "A", "001": "A", "7": "B"}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"families": []}', '{"A": "000"}', '{"A": [{}]}'])
def test_what_is_no_list_of_families_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "f.json").write_text(content)
    with pytest.raises(BadInput, match=r"f\.json"):
        families.read(tmp_path / "f.json")


def test_a_photograph_in_two_families_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text(json.dumps({"A": ["000", "001"], "B": ["001"]}))
    with pytest.raises(BadInput, match=r"001 stands in families A and B"):
        families.read(tmp_path / "f.json")


def test_gathering_names_what_is_left_out(tmp_path: Path) -> None:
    for stem in ("a", "b", "c"):
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / f"{stem}.png")
    (tmp_path / "a.xml").write_text(xml(("defect", box(1, 1, 2, 2))))
    (tmp_path / "b.xml").write_text("<")
    gathered = gather([tmp_path], [tmp_path], {"a": "F"})
    assert [(s.name, s.family) for s in gathered.scenes] == [("a", "F")]
    assert gathered.unannotated == ("c.png",)
    assert len(gathered.refused) == 1
    (tmp_path / "a.xml").unlink()
    with pytest.raises(BadInput, match="same name"):
        gather([tmp_path], [tmp_path])
