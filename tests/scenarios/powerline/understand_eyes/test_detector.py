"""Geometry of looking: whatever the size and orientation, boxes come back in stored pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mumian.scenarios.powerline.understand.eyes.detector import detect
from mumian.scenarios.powerline.understand.eyes.looking import scaled
from mumian.scenarios.powerline.understand.eyes.model import DEFAULT, SHIPPED, Eyes, EyesUnusable, load
from mumian.scenarios.powerline.understand.eyes.pictures import Picture
from mumian.scenarios.powerline.understand.eyes.sight import CATEGORIES


class Brightest:
    """Stands in for the network: reports one box around what is bright, scored by how wide it lies (strings lie flat)."""

    def run(self, names: list[str], inputs: dict[str, Any]) -> list[np.ndarray]:
        pixels = inputs["pixels"][0]
        assert pixels.shape[0] % 32 == 0 and pixels.shape[1] % 32 == 0
        maps = []
        for stride in (8, 16):
            rows, columns = (extent // stride for extent in pixels.shape[:2])
            heat = np.zeros((1, 1, rows, columns), np.float32)
            sides = np.ones((1, 4, rows, columns), np.float32)
            ys, xs = np.nonzero(pixels[..., 0] > 200)
            if len(ys):
                left, top, right, bottom = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
                row, column = int((top + bottom) / 2 // stride), int((left + right) / 2 // stride)
                heat[0, 0, row, column] = 0.9 if right - left > bottom - top else 0.6
                x, y = (column + 0.5) * stride, (row + 0.5) * stride
                sides[0, :, row, column] = x - left, y - top, right - x, bottom - y
            maps += [heat, sides]
        return maps


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    return Eyes(
        {
            "name": "stub",
            "version": "0",
            "threshold": 0.5,
            "inputs": {"long_side": 768},
        },
        Brightest(),
    )


@settings(deadline=None, max_examples=25)
@given(st.integers(40, 2600), st.integers(40, 2600))
def test_a_box_comes_back_where_it_is_at_any_size(width: int, height: int) -> None:
    eyes = Eyes({"inputs": {"long_side": 768}}, Brightest())
    pixels = np.zeros((height, width, 3), np.uint8)
    box = np.array([width * 0.3, height * 0.4, width * 0.7, height * 0.6]).round().astype(int)
    pixels[box[1] : box[3], box[0] : box[2]] = 255
    seen = detect(eyes, Picture(pixels, 1))
    assert set(seen) == set(CATEGORIES)
    slack = max(width, height) / 768 * 2 + 1
    assert np.abs(seen["defect"].boxes[0] - box).max() <= slack


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_stay_in_stored_pixels_whatever_exif_says(eyes: Eyes, orientation: int) -> None:
    """A photograph that stands, or was turned, is looked at lying too: strings lie."""
    pixels = np.zeros((768, 576, 3), np.uint8)
    pixels[200:500, 100:160] = 255
    seen = detect(eyes, Picture(pixels, orientation))["insulator"]
    assert np.abs(seen.boxes[0] - [100, 200, 160, 500]).max() <= 1
    assert seen.scores[0] == pytest.approx(0.9)


def test_an_exif_flag_on_a_photograph_stored_upright_changes_nothing(eyes: Eyes) -> None:
    pixels = np.zeros((576, 768, 3), np.uint8)
    pixels[100:160, 200:500] = 255
    plain, flagged = (detect(eyes, Picture(pixels, turn))["defect"] for turn in (1, 6))
    assert np.array_equal(plain.boxes, flagged.boxes) and np.array_equal(plain.scores, flagged.scores)


def test_the_training_scale_is_looked_at_without_resampling() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (576, 768, 3), np.uint8)
    view, scale = scaled(pixels, 1.0)
    assert view is pixels
    assert scale.tolist() == [1, 1, 1, 1]


def test_the_shipped_model_is_whole_and_small() -> None:
    eyes = load()
    assert eyes.card["name"] == DEFAULT
    assert (SHIPPED / DEFAULT / "model.onnx").stat().st_size <= 8_000_000
    assert 0 < eyes.threshold < 1
    assert len(eyes.card["evaluation"]["groups"]) >= 5


def test_the_shipped_model_sees_nothing_on_plain_and_on_tiny_photographs() -> None:
    eyes = load()
    for shape in ((576, 768), (1, 1), (3, 900), (900, 3)):
        seen = detect(eyes, Picture(np.full((*shape, 3), 90, np.uint8), 1), eyes.threshold)
        assert not len(seen["defect"].boxes)


def test_a_model_that_is_not_the_cards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EyesUnusable, match="nowhere"):
        load("nowhere")
    source = SHIPPED / DEFAULT
    (tmp_path / "card.json").write_bytes((source / "card.json").read_bytes())
    (tmp_path / "model.onnx").write_bytes((source / "model.onnx").read_bytes() + b"\0")
    with pytest.raises(EyesUnusable, match="not the file"):
        load(str(tmp_path))
