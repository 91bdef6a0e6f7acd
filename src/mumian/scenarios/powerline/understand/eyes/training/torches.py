"""The network in torch: weights become tensors, and the description is computed over a batch of views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch.nn import functional

from mumian.scenarios.powerline.understand.eyes.training.network import Conv, Maps, Reader, describe
from mumian.scenarios.powerline.understand.eyes.training.weights import Kernel

FROZEN = (
    "stem",
    "block0.",
    "block1.",
    "block2.",
)  # edges and colours: learned from a million photographs already


class Weights(Reader[Any]):
    """Tensors by the name of their convolution; those in FROZEN stay as they are."""

    def __init__(self, kernels: Mapping[str, Kernel]) -> None:
        self.tensors = {
            name: tuple(torch.from_numpy(part.copy()) for part in kernel) for name, kernel in kernels.items()
        }
        for name, pair in self.tensors.items():
            for part in pair:
                part.requires_grad_(not name.startswith(FROZEN))

    def conv(self, signal: Any, conv: Conv) -> Any:
        weight, bias = self.tensors[conv.name]
        out = functional.conv2d(signal, weight, bias, conv.stride, conv.kernel // 2, 1, conv.groups)
        return functional.hardtanh(out, 0, 6) if conv.clip else out

    def add(self, one: Any, other: Any) -> Any:
        return one + other

    def double(self, signal: Any) -> Any:
        return functional.interpolate(signal, scale_factor=2, mode="nearest")

    def see(self, views: Any) -> Maps[Any]:
        """Maps of `views`, uint8 (n, h, w, 3)."""
        pixels = views.permute(0, 3, 1, 2).float().sub(127.5).div(127.5)
        return describe(self, pixels.contiguous(memory_format=torch.channels_last))

    def groups(self) -> list[dict[str, Any]]:
        """Parameters for the optimiser: the trunk learns at seven tenths of the pace of what was drawn anew."""
        trunk, drawn = list[Any](), list[Any]()
        for name, pair in self.tensors.items():
            if not name.startswith(FROZEN):
                (trunk if name.startswith("block") else drawn).extend(pair)
        return [{"params": trunk, "pace": 0.7}, {"params": drawn, "pace": 1.0}]

    def kernels(self) -> dict[str, Kernel]:
        """The weights as arrays."""
        return {
            name: Kernel(*(part.detach().numpy().copy() for part in pair))
            for name, pair in self.tensors.items()
        }


class _Settling(Weights):
    """Reads the description once and scales what was drawn anew, channel by channel, to mean 0.5 and spread 1 on real views.

    Data-dependent initialisation (Salimans & Kingma, NeurIPS 2016). Without it the trunk's strong signals drive the
    clipped units of pyramid and heads to an end of their range, where they learn nothing.
    """

    def conv(self, signal: Any, conv: Conv) -> Any:
        if conv.name.startswith(("stem", "block")) or conv.name.endswith((".heat", ".sides")):
            return super().conv(signal, conv)
        weight, bias = self.tensors[conv.name]
        out = super().conv(signal, replace(conv, clip=False))
        mean, spread = out.mean(dim=(0, 2, 3)), out.std(dim=(0, 2, 3)) + 1e-3
        weight.div_(spread[:, None, None, None])
        bias.sub_(mean).div_(spread).add_(0.5 if conv.clip else 0.0)
        return super().conv(signal, conv)


def settled(kernels: Mapping[str, Kernel], views: Any) -> dict[str, Kernel]:
    """`kernels` with the new convolutions scaled to what `views`, uint8 (n, h, w, 3), make of the trunk."""
    weights = _Settling(kernels)
    with torch.no_grad():
        weights.see(views)
    return weights.kernels()


def moving_average(into: Mapping[str, Any], of: Mapping[str, Any], keep: float) -> None:
    """Let the tensors of `into` follow those of `of`."""
    for name, pair in of.items():
        for slow, fast in zip(into[name], pair, strict=True):
            slow.mul_(keep).add_(fast.detach(), alpha=1 - keep)


def flat(pairs: Iterable[tuple[Any, ...]]) -> list[Any]:
    """All tensors in one list."""
    return [part for pair in pairs for part in pair]
