"""The commands on photographs made here: what they write, what they refuse, and how they say so."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.understand.commands_eyes import detect, evaluate
from mumian.scenarios.powerline.understand.eyes.model import load

_VOC = (
    "<annotation><object><name>defect</name><bndbox><xmin>{0}</xmin><ymin>10</ymin><xmax>50</xmax>"
    "<ymax>40</ymax></bndbox></object></annotation>"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five photographs, one below, one damaged, one turned by EXIF."""
    images, rng = tmp_path / "images", np.random.default_rng(0)
    (images / "below").mkdir(parents=True)
    noise = Image.fromarray(rng.integers(0, 255, (90, 120, 3), np.uint8))
    noise.save(images / "a.jpg")
    noise.convert("L").save(images / "grey.jpg")
    noise.convert("CMYK").save(images / "below" / "print.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    noise.save(images / "turned.jpg", exif=exif)
    (images / "broken.jpg").write_bytes((images / "a.jpg").read_bytes()[:300])
    (images / "notes.txt").write_text("no photograph")
    return images


def test_detect_writes_one_coco_object(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    detect(folder, tmp_path / "out.json", everything=True)
    made = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert [c["name"] for c in made["categories"]] == ["insulator", "defect"]
    assert [i["file_name"] for i in made["images"]] == ["a.jpg", "below/print.jpg", "grey.jpg", "turned.jpg"]
    assert {(i["width"], i["height"]) for i in made["images"]} == {(120, 90)}
    assert [r["file_name"] for r in made["refused"]] == ["broken.jpg"]
    assert "broken.jpg" in capsys.readouterr().err
    ids = {image["id"] for image in made["images"]}
    for one in made["annotations"]:
        x, y, width, height = one["bbox"]
        assert one["image_id"] in ids and one["category_id"] in {1, 2} and 0 < one["score"] <= 1
        assert x >= 0 and y >= 0 and x + width <= 120.01 and y + height <= 90.01


def test_without_all_only_the_cards_threshold_counts(folder: Path, tmp_path: Path) -> None:
    detect(folder, tmp_path / "out.json")
    made = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert made["info"]["threshold"] == load().threshold
    assert all(one["score"] >= load().threshold - 1e-4 for one in made["annotations"])


def test_a_second_run_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        detect(folder, tmp_path / name, everything=True)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_detect_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadInput, match="no photograph"):
        detect(empty, tmp_path / "out.json")
    (empty / "a.jpg").write_bytes(b"junk")
    (tmp_path / "out.json").write_text("earlier")
    with pytest.raises(BadInput, match="None of the 1"):
        detect(empty, tmp_path / "out.json")
    assert (tmp_path / "out.json").read_text() == "earlier"
    with pytest.raises(BadInput, match="make it first"):
        detect(empty, tmp_path / "nowhere" / "out.json")


def test_evaluate_reports_groups_refusals_and_whether_training_saw_them(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "a.xml").write_text(_VOC.format(10))
    (labels / "grey.xml").write_text(_VOC.format(50))  # a box without area
    (labels / "broken.xml").write_text(_VOC.format(10))
    (tmp_path / "groups.json").write_text(json.dumps({"A": ["a", "grey"], "B": ["turned"]}))
    evaluate([folder], [labels], tmp_path / "groups.json", out=tmp_path / "report.json", as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "report.json").read_text("utf-8"))
    group = printed["groups"]["A"]
    assert (group["images"], group["defects"], group["images_without_defect"]) == (2, 1, 0)
    assert (
        group["images_with_unreadable_boxes"] == 1
    )  # its defect may be true: no alarm there is called false
    assert group["false_alarms_per_image"]["images"] == 1
    assert group["seen_in_training"] is False
    assert {"found", "of", "value", "low", "high"} <= group["recall_iou0.3"].keys()
    assert printed["unseen"]["defects"] == 1
    assert set(printed["unannotated"]) == {"print.jpg", "turned.jpg"}
    assert len(printed["refused"]) == 2
    evaluate([folder], [labels])
    assert "recall@0.3" in capsys.readouterr().out


def test_evaluate_refuses_families_that_overlap(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "groups.json").write_text(json.dumps({"A": ["a"], "B": ["a"]}))
    with pytest.raises(BadInput, match="families A and B"):
        evaluate([folder], [tmp_path], tmp_path / "groups.json")


def test_a_file_name_that_is_no_text_does_not_cost_the_run(folder: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    odd.mkdir()
    source = next(path for path in folder.iterdir() if path.name == "a.jpg")
    (Path(os.fsdecode(os.fsencode(odd) + b"/\xff\xfe.jpg"))).write_bytes(source.read_bytes())
    detect(odd, tmp_path / "out.json")
    (image,) = json.loads((tmp_path / "out.json").read_text("utf-8"))["images"]
    assert os.fsencode(image["file_name"]) == b"\xff\xfe.jpg"
