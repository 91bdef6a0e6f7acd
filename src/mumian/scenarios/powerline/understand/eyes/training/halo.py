"""Destroying the paste outline. The recorded defects are composites: strings cut out with a bright fringe and pasted.

A network that learns the fringe finds composites, not defects. So the fringe is worn away on views that have one
(erosion, median, blur) and drawn around edges on views that have none, whether or not they hold a defect; and patches
of intact and of broken string are pasted with soft edges, so that "pasted" says nothing about "broken".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Pixels = NDArray[np.uint8]


def worn(view: Pixels, rng: np.random.Generator) -> Pixels:
    """`view` (h, w, 3) after a small erosion, median, dilation or blur, in all or in some irregular part of it."""
    manner, size = rng.integers(4), int(rng.choice([2, 3, 3, 4]))
    if manner == 0:
        changed = ndimage.grey_erosion(view, (size, size, 1))
    elif manner == 1:
        changed = ndimage.median_filter(view, (3, 3, 1))
    elif manner == 2:
        changed = ndimage.grey_opening(view, (size, size, 1))
    else:
        changed = ndimage.gaussian_filter(view, (*[rng.uniform(0.5, 1.6)] * 2, 0))
    somewhere = blotches(view.shape[:2], rng, 1.0 if rng.random() < 0.5 else 0.5)
    return np.where(somewhere[..., None], changed, view)


def fringed(view: Pixels, rng: np.random.Generator) -> Pixels:
    """`view` with a fringe of 1 to 4 px in one colour along what stands out darker (or lighter) from its surroundings."""
    light = view.mean(axis=2, dtype=np.float32)
    contrast = light - ndimage.uniform_filter(light, int(rng.integers(15, 41)))
    inside = contrast * rng.choice([-1, -1, 1]) > rng.uniform(8, 25)
    inside = ndimage.binary_opening(inside, iterations=1)
    rim = ndimage.binary_dilation(inside, iterations=int(rng.integers(1, 5))) & ~inside
    if rng.random() < 0.5:
        rim &= blotches(light.shape, rng, 0.6)
    around = np.array(view.reshape(-1, 3)[rng.integers(light.size)], np.float32)
    colour = np.clip(around + rng.uniform(-20, 70), 0, 255)
    strength = rng.uniform(0.3, 0.9) * ndimage.gaussian_filter(rim.astype(np.float32), rng.uniform(0.3, 0.9))
    return np.asarray(view + strength[..., None] * (colour - view), np.uint8)


def blotches(shape: tuple[int, ...], rng: np.random.Generator, share: float) -> NDArray[np.bool_]:
    """An irregular mask that covers about `share` of `shape` (h, w)."""
    coarse = rng.random((shape[0] // 24 + 2, shape[1] // 24 + 2), np.float32)
    zoom = [extent / cells for extent, cells in zip(shape, coarse.shape, strict=True)]
    fine = ndimage.zoom(coarse, zoom, order=1)
    return np.asarray(fine <= np.quantile(coarse, share), np.bool_)
