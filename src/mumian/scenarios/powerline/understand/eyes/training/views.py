"""Views: pieces of photographs, turned, stretched and recoloured, with the boxes that fall into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mumian.scenarios.powerline.understand.eyes.boxes import Boxes
from mumian.scenarios.powerline.understand.eyes.scenes import Scene
from mumian.scenarios.powerline.understand.eyes.training.colours import recoloured, resampled
from mumian.scenarios.powerline.understand.eyes.training.halo import Pixels, fringed, worn

NEAR = (192, 192)  # height, width of views that teach defects
FAR = (480, 640)  # and of views that teach insulators as well
_KEPT = 0.7  # a box of which less is in view is neither taught nor counted against the network


@dataclass(frozen=True, slots=True)
class View:
    """Pixels (h, w, 3) and the boxes in it; `unsure` are boxes cut by the rim, where no answer is wrong."""

    pixels: Pixels
    defects: Boxes
    insulators: Boxes
    unsure: Boxes
    far: bool


@dataclass(frozen=True, slots=True)
class Photo:
    """A scene with its pixels, (h, w, 3), already at the scale of training, and the fingerprint of the stored ones."""

    pixels: Pixels
    scene: Scene
    fingerprint: str = ""


def near_view(photos: Sequence[Photo], rng: np.random.Generator) -> View:
    """Half of the views show a defect; the others an intact stretch of string, or anything."""
    view = _near(photos, rng)
    if rng.random() < 0.25:
        view = pasted(view, _near(photos, rng), rng)
    return _disguised(view, rng)


def _near(photos: Sequence[Photo], rng: np.random.Generator) -> View:
    broken = [photo for photo in photos if len(photo.scene.defects)]
    normal = [photo for photo in photos if not len(photo.scene.defects)]
    draw, any_of = rng.random(), broken if rng.random() < 0.5 or not normal else normal
    photo = (broken if draw < 0.5 else any_of)[int(rng.integers(len(broken if draw < 0.5 else any_of)))]
    defects, strings = photo.scene.defects, photo.scene.insulators
    if draw < 0.5:
        centre = _inside(defects[rng.integers(len(defects))], rng) + rng.uniform(-65, 65, 2)
    elif draw < 0.84 and len(strings):
        centre = _along(strings[rng.integers(len(strings))], rng)
    else:
        centre = rng.uniform(0, 1, 2) * photo.pixels.shape[1::-1]
    scale = float(np.exp(rng.uniform(np.log(0.62), np.log(1.4))))
    return _look(photo, centre, scale, NEAR, rng)


def _along(string: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float64]:
    """Somewhere on a string, one time in four at one of its ends, where it looks most like something missing."""
    centre = _inside(string, rng)
    if rng.random() < 0.25:
        lying = int(string[3] - string[1] > string[2] - string[0])
        centre[lying] = string[lying + 2 * rng.integers(2)] + rng.uniform(-30, 30)
    return centre


def far_view(photos: Sequence[Photo], rng: np.random.Generator) -> View:
    """All or most of a photograph."""
    photo = photos[int(rng.integers(len(photos)))]
    height, width = photo.pixels.shape[:2]
    scale = float(rng.uniform(0.55, 1.05))
    centre = np.array([width, height]) * rng.uniform(0.38, 0.62, 2)
    return _disguised(_look(photo, centre, scale, FAR, rng), rng)


def _look(
    photo: Photo,
    centre: NDArray[np.float64],
    scale: float,
    size: tuple[int, int],
    rng: np.random.Generator,
) -> View:
    """View of `size` around `centre` (x, y) of the photograph."""
    far = size == FAR
    turn = to_view(centre, scale, size, rng, steady=far)
    pixels = _resample(photo.pixels, turn, size)
    defects, cut_defects = _through(photo.scene.defects, turn, size)
    insulators, cut = _through(photo.scene.insulators, turn, size)
    unsure = np.concatenate([cut_defects, cut]) if far else cut_defects
    return View(pixels, defects, insulators, unsure, far)


def pasted(view: View, donor: View, rng: np.random.Generator) -> View:
    """An elliptic piece of `donor` with soft rim laid over `view`: of broken string as well as of intact string or meadow."""
    height, width = view.pixels.shape[:2]
    whole = donor.defects[rng.integers(len(donor.defects))] if len(donor.defects) else None
    x, y = (whole[:2] + whole[2:]) / 2 if whole is not None else rng.uniform(0.3, 0.7, 2) * [width, height]
    wide, high = rng.uniform(35, 85), rng.uniform(25, 65)
    if whole is not None:
        wide, high = np.maximum([wide, high], (whole[2:] - whole[:2]) * 0.8)
    rows, columns = np.ogrid[:height, :width]
    reach = np.sqrt(((columns - x) / wide) ** 2 + ((rows - y) / high) ** 2)
    mask = 1 / (1 + np.exp((reach - 1) * rng.uniform(10, 40)))
    pixels = view.pixels + mask[..., None] * (donor.pixels.astype(np.float32) - view.pixels)
    shown = np.array([_under(mask, box) for box in donor.defects], np.float64)
    hidden = np.array([_under(mask, box) for box in view.defects], np.float64)
    return View(
        np.asarray(pixels, np.uint8),
        np.concatenate([donor.defects[shown > 0.8], view.defects[hidden < 0.05]]),
        view.insulators,
        np.concatenate(
            [
                view.unsure,
                donor.defects[(shown > 0.05) & (shown <= 0.8)],
                view.defects[(hidden >= 0.05) & (hidden < 0.9)],
            ]
        ),
        view.far,
    )


def _under(mask: NDArray[np.float64], box: NDArray[np.float32]) -> float:
    """How much of the box the mask covers, 0 … 1."""
    left, top, right, bottom = (int(edge) for edge in box)
    return float(mask[top : bottom + 1, left : right + 1].mean())


def _disguised(view: View, rng: np.random.Generator) -> View:
    pixels = view.pixels
    if rng.random() < 0.35:
        pixels = worn(pixels, rng)
    if rng.random() < 0.3:
        pixels = fringed(pixels, rng)
    if rng.random() < 0.75:
        pixels = recoloured(pixels, rng)
    return replace(view, pixels=resampled(pixels, rng))


def to_view(
    centre: NDArray[np.float64],
    scale: float,
    size: tuple[int, int],
    rng: np.random.Generator,
    *,
    steady: bool,
) -> NDArray[np.float64]:
    """A random (2, 3) map of photograph onto view: mirror, quarter turn, tilt, shear and unequal stretch."""
    angle = np.radians(rng.normal(0, 2 if steady else 9))
    if rng.random() < 0.08:
        angle += rng.choice([-1, 1]) * np.pi / 2
    cos, sin = np.cos(angle), np.sin(angle)
    stretch = scale * np.exp(rng.normal(0, 0.08, 2))
    mirror = rng.choice([-1, 1], 2)
    shear = np.array([[1, 0 if steady else rng.normal(0, 0.08)], [0, 1]])
    linear = np.array([[cos, -sin], [sin, cos]]) @ shear @ np.diag(stretch * mirror)
    middle = np.array(size[::-1]) / 2
    return np.column_stack([linear, middle - linear @ centre])


def _resample(photo: Pixels, turn: NDArray[np.float64], size: tuple[int, int]) -> Pixels:
    back = np.linalg.inv(turn[:, :2])
    offset = -back @ turn[:, 2]
    values = (back[0, 0], back[0, 1], offset[0], back[1, 0], back[1, 1], offset[1])
    fill = tuple(int(c) for c in photo[:: photo.shape[0] // 4, :: photo.shape[1] // 4].mean(axis=(0, 1)))
    image = Image.fromarray(photo).transform(
        size[::-1], Image.Transform.AFFINE, values, Image.Resampling.BILINEAR, fillcolor=fill
    )
    return np.asarray(image)


def _through(boxes: Boxes, turn: NDArray[np.float64], size: tuple[int, int]) -> tuple[Boxes, Boxes]:
    """Boxes as they stand in the view, clipped to it: (mostly in view, cut by its rim)."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 @ turn[:, :2].T + turn[:, 2]
    halves = (boxes[:, 2:] - boxes[:, :2]) / 2
    # Extent of the turned ellipse, not of the turned rectangle: what fills a box seldom fills its corners.
    halves = np.sqrt(halves**2 @ (turn[:, :2] ** 2).T)
    whole = np.concatenate([centres - halves, centres + halves], axis=1)
    clipped = np.clip(whole, 0, [*size[::-1], *size[::-1]])
    visible = _areas(clipped) / np.maximum(_areas(whole), 1e-6)
    return (
        clipped[visible >= _KEPT].astype(np.float32),
        clipped[(visible > 0) & (visible < _KEPT)].astype(np.float32),
    )


def _areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1))


def _inside(box: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.uniform(box[:2], box[2:])
