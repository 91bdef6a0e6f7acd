"""The gate before judging: a photograph that shows nothing is told apart from one that shows no defect."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter
from tests.recordings import photographs

from mumian.scenarios.powerline.understand.eyes.quality import SHARPNESS, quality


def scene(width: int = 800, height: int = 600) -> np.ndarray:
    rng = np.random.default_rng(4)
    coarse = Image.fromarray(rng.integers(30, 220, (height // 10, width // 10, 3), np.uint8))
    return np.asarray(coarse.resize((width, height), Image.Resampling.NEAREST))


def test_sharp_passes_and_blurred_does_not() -> None:
    sharp = scene()
    soft = np.asarray(Image.fromarray(sharp).filter(ImageFilter.GaussianBlur(6)))
    assert quality(sharp).fault is None
    assert quality(soft).fault == "blurred"
    assert quality(sharp).sharpness > 10 * quality(soft).sharpness


@pytest.mark.parametrize(("change", "fault"), [(lambda p: p // 8, "dark"), (lambda p: 215 + p // 8, "bright"), (lambda p: p * 0, "dark")])  # fmt: skip
def test_too_little_and_too_much_light(change, fault: str) -> None:
    assert quality(change(scene()).astype(np.uint8)).fault == fault


def test_a_bright_sky_over_half_of_it_passes() -> None:
    pixels = scene().copy()
    pixels[: len(pixels) // 2] = 255
    assert quality(pixels).fault is None


@pytest.mark.parametrize("size", [(1, 1), (2, 700), (5000, 3), (641, 1)])
def test_any_size_is_measured(size: tuple[int, int]) -> None:
    assert quality(np.full((*size, 3), 128, np.uint8)).fault == "blurred"


@pytest.mark.data
def test_recorded_photographs_pass_and_blurred_copies_do_not() -> None:
    for path in photographs("powerline", "cplid")[::15]:
        image = Image.open(path).convert("RGB")
        assert quality(np.asarray(image)).fault is None, path
        soft = image.filter(ImageFilter.GaussianBlur(2))
        assert quality(np.asarray(soft)).sharpness < SHARPNESS, path
