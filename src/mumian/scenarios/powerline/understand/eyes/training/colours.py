"""Other light, other glaze, other camera: the colours, noise and compression that a string never photographed may have."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image
from scipy import ndimage

from mumian.scenarios.powerline.understand.eyes.training.halo import Pixels


def recoloured(view: Pixels, rng: np.random.Generator) -> Pixels:
    """Channels mixed and swapped, gain, contrast, gamma; now and then grey or a negative."""
    mixing = np.eye(3)[rng.permutation(3) if rng.random() < 0.1 else [0, 1, 2]]
    saturation = 0.0 if rng.random() < 0.1 else rng.uniform(0.4, 1.5)
    mixing = (saturation * np.eye(3) + (1 - saturation) / 3) @ mixing
    mixing = np.diag(rng.uniform(0.8, 1.2, 3) * rng.uniform(0.7, 1.25)) @ mixing
    rows = np.column_stack([mixing, np.zeros(3)]).ravel()
    mixed = Image.fromarray(view).convert("RGB", tuple(rows.tolist()))
    middle = float(view.mean()) / 255
    curve = middle + rng.uniform(0.6, 1.35) * (np.arange(256) / 255 - middle)
    curve = np.clip(curve, 0, 1) ** rng.uniform(0.65, 1.5)
    if rng.random() < 0.03:
        curve = 1 - curve
    return np.asarray(mixed.point(np.tile((curve * 255).astype(int), 3).tolist()))


def resampled(view: Pixels, rng: np.random.Generator) -> Pixels:
    """Blur, sensor noise and JPEG, each now and then."""
    if rng.random() < 0.25:
        view = ndimage.gaussian_filter(view, (*[rng.uniform(0.4, 1.4)] * 2, 0))
    if rng.random() < 0.3:
        noise = rng.standard_normal(view.shape, np.float32) * np.float32(rng.uniform(2, 12))
        view = np.asarray(np.clip(view + noise, 0, 255), np.uint8)
    if rng.random() < 0.3:
        stored = BytesIO()
        Image.fromarray(view).save(stored, "JPEG", quality=int(rng.integers(35, 95)))
        view = np.asarray(Image.open(stored))
    return view
