"""A small dense network and its training in plain numpy, so that training anew needs no deep-learning stack.

On traces aligned at the impact it does nearly as well as a convolutional network that takes ten times as long to train.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

Array = NDArray[np.float32]

HIDDEN = (64, 16)
EPOCHS = 12
_BATCH = 256
_PEAK_RATE = 3e-3
_DECAY = 0.01
_DROPPED = (
    0.1,
    0.2,
    0.2,
)  # share of the inputs silenced while training, layer by layer (Srivastava et al. 2014)
_SOFTENED = 0.02  # labels are 0.02 and 0.98: a recording's loudest impact is not always its fall


@dataclass(frozen=True, slots=True)
class Network:
    """logit = … max(0, max(0, x·W₀ + b₀)·W₁ + b₁)·W₂ + b₂; the inputs' scaling is folded into W₀ and b₀."""

    weights: list[Array]
    biases: list[Array]

    def logits(self, inputs: Array) -> Array:
        """(n,) of inputs (n, k)."""
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            inputs = np.maximum(inputs @ weight + bias, 0)
        return (inputs @ self.weights[-1] + self.biases[-1])[:, 0]


def fit(inputs: Array, fell: NDArray[np.bool_], seed: int) -> Network:
    """A network for inputs (n, k) and labels (n,), by AdamW (Loshchilov & Hutter 2019) under a one-cycle rate."""
    rng = np.random.default_rng(seed)
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + np.float32(0.01)
    scaled = (inputs - mean) / spread
    targets = np.where(fell, 1 - _SOFTENED, _SOFTENED).astype(np.float32)
    network = _fresh(inputs.shape[1], rng)
    params = [*network.weights, *network.biases]
    first, second = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
    for step, (rate, chosen) in enumerate(_schedule(len(inputs), rng), start=1):
        slopes = _slopes(network, scaled[chosen], targets[chosen], rng)
        fix = np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        for param, slope, m, v in zip(params, slopes, first, second, strict=True):
            m[...] += 0.1 * (slope - m)
            v[...] += 0.001 * (slope**2 - v)
            if param.ndim > 1:
                param[...] *= np.float32(1 - _DECAY * rate)
            param[...] -= np.float32(rate * fix) * m / (np.sqrt(v) + np.float32(1e-8))
    network.biases[0] -= (mean / spread) @ network.weights[0]
    network.weights[0] /= spread[:, None]
    return network


def _fresh(inputs: int, rng: np.random.Generator) -> Network:
    sizes = (inputs, *HIDDEN, 1)
    weights = [
        rng.normal(0, np.sqrt(2 / below), (below, above)).astype(np.float32)
        for below, above in pairwise(sizes)
    ]
    return Network(weights, [np.zeros(above, np.float32) for above in sizes[1:]])


def _schedule(count: int, rng: np.random.Generator) -> Iterator[tuple[float, NDArray[np.int64]]]:
    """Learning rate and members of each batch: up during the first 30 % of all steps, then down to nothing, by cosines."""
    batches = -(-count // _BATCH)
    total, step = EPOCHS * batches, 0
    for _ in range(EPOCHS):
        for chosen in np.array_split(rng.permutation(count), batches):
            step += 1
            part = step / total
            up = 0.04 + 0.48 * (1 - np.cos(np.pi * part / 0.3))
            down = (1 + np.cos(np.pi * (part - 0.3) / 0.7)) / 2
            yield _PEAK_RATE * float(up if part < 0.3 else down), chosen


def _slopes(network: Network, inputs: Array, targets: Array, rng: np.random.Generator) -> list[Array]:
    """Gradients of the mean cross-entropy by the weights, then by the biases, with a share of the inputs silenced."""
    seen: list[tuple[Array, Array]] = []
    signal = inputs
    for layer, dropped in enumerate(_DROPPED):
        kept = (rng.random(signal.shape, np.float32) >= dropped).astype(np.float32) / np.float32(1 - dropped)
        seen.append((signal * kept, kept))
        signal = seen[-1][0] @ network.weights[layer] + network.biases[layer]
        if layer < len(HIDDEN):
            signal = np.maximum(signal, np.float32(0))
    back = ((1 / (1 + np.exp(-signal[:, 0])) - targets) / np.float32(len(inputs)))[:, None].astype(np.float32)
    by_weight, by_bias = list[Array](), list[Array]()
    for layer in reversed(range(len(_DROPPED))):
        signal, kept = seen[layer]
        by_weight.insert(0, signal.T @ back)
        by_bias.insert(0, back.sum(axis=0))
        back = (back @ network.weights[layer].T) * kept * (signal > 0)
    return by_weight + by_bias
