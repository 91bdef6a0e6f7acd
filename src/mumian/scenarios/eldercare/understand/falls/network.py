"""A small convolutional network and its training in plain numpy, so that training anew needs no deep-learning stack.

Layout is (n, cells, channels) and float32 throughout. Every layer has `forward` and `backward`; `backward` takes the
loss's gradient by the output, leaves those by the parameters in `grads`, and returns the one by the input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float32]


class Layer(Protocol):
    """What the network chains."""

    params: list[Array]
    grads: list[Array]

    def forward(self, x: Array, training: bool) -> Array: ...
    def backward(self, slope: Array) -> Array: ...


class Convolution:
    """Same-length convolution of odd width along the cells."""

    def __init__(self, width: int, inputs: int, outputs: int, rng: np.random.Generator) -> None:
        spread = np.sqrt(2 / (width * inputs))
        self.width = width
        self.params = [rng.normal(0, spread, (width * inputs, outputs)).astype(np.float32)]
        self.grads = [np.zeros_like(p) for p in self.params]

    def forward(self, x: Array, training: bool) -> Array:
        n, cells, inputs = x.shape
        padded = np.pad(x, ((0, 0), (self.width // 2, self.width // 2), (0, 0)))
        self._columns = np.concatenate([padded[:, k : k + cells] for k in range(self.width)], axis=2)
        self._inputs = inputs
        return (self._columns.reshape(n * cells, -1) @ self.params[0]).reshape(n, cells, -1)

    def backward(self, slope: Array) -> Array:
        n, cells, outputs = slope.shape
        flat = slope.reshape(n * cells, outputs)
        self.grads[0] = self._columns.reshape(n * cells, -1).T @ flat
        columns = (flat @ self.params[0].T).reshape(n, cells, -1)
        half, back = self.width // 2, np.zeros((n, cells + self.width - 1, self._inputs), np.float32)
        for k in range(self.width):
            back[:, k : k + cells] += columns[:, :, k * self._inputs : (k + 1) * self._inputs]
        return back[:, half : half + cells]


class BatchNorm:
    """Normalises each channel over batch and cells (Ioffe & Szegedy 2015); folded to scale and shift when exported."""

    def __init__(self, channels: int, momentum: float = 0.05) -> None:
        self.params = [np.ones(channels, np.float32), np.zeros(channels, np.float32)]
        self.grads = [np.zeros_like(p) for p in self.params]
        self.mean, self.var, self._momentum = np.zeros(channels, np.float32), np.ones(channels, np.float32), momentum

    def forward(self, x: Array, training: bool) -> Array:
        if training:
            mean, var = x.mean(axis=(0, 1)), x.var(axis=(0, 1))
            self.mean += self._momentum * (mean - self.mean)
            self.var += self._momentum * (var - self.var)
        else:
            mean, var = self.mean, self.var
        self._scale = 1 / np.sqrt(var + np.float32(1e-5))
        self._unit = (x - mean) * self._scale
        return self._unit * self.params[0] + self.params[1]

    def backward(self, slope: Array) -> Array:
        self.grads = [(slope * self._unit).sum(axis=(0, 1)), slope.sum(axis=(0, 1))]
        count = slope.shape[0] * slope.shape[1]
        inner = slope - (self.grads[1] + self._unit * self.grads[0]) / np.float32(count)
        return inner * (self.params[0] * self._scale)


class Rectifier:
    """max(x, 0)."""

    params: list[Array] = []
    grads: list[Array] = []

    def forward(self, x: Array, training: bool) -> Array:
        self._open = x > 0
        return x * self._open

    def backward(self, slope: Array) -> Array:
        return slope * self._open


class Halve:
    """Largest of each two neighbouring cells; an odd last cell is dropped."""

    params: list[Array] = []
    grads: list[Array] = []

    def forward(self, x: Array, training: bool) -> Array:
        n, self._cells, channels = x.shape
        pairs = x[:, : self._cells // 2 * 2].reshape(n, -1, 2, channels)
        self._second = pairs[:, :, 1] > pairs[:, :, 0]
        return pairs.max(axis=2)

    def backward(self, slope: Array) -> Array:
        n, half, channels = slope.shape
        back = np.zeros((n, self._cells, channels), np.float32)
        back[:, 0 : half * 2 : 2] = slope * ~self._second
        back[:, 1 : half * 2 : 2] = slope * self._second
        return back


class Flatten:
    """(n, cells, channels) → (n, cells · channels)."""

    params: list[Array] = []
    grads: list[Array] = []

    def forward(self, x: Array, training: bool) -> Array:
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, slope: Array) -> Array:
        return slope.reshape(self._shape)


class Dropout:
    """Silences a share of the inputs while training (Srivastava 2014)."""

    params: list[Array] = []
    grads: list[Array] = []

    def __init__(self, share: float, rng: np.random.Generator) -> None:
        self._keep, self._rng = 1 - share, rng

    def forward(self, x: Array, training: bool) -> Array:
        self._mask = np.float32(1)
        if training:
            self._mask = (self._rng.random(x.shape, np.float32) < self._keep) / np.float32(self._keep)
        return x * self._mask

    def backward(self, slope: Array) -> Array:
        return slope * self._mask


class Dense:
    """x · W + b."""

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator) -> None:
        spread = np.sqrt(2 / inputs)
        self.params = [rng.normal(0, spread, (inputs, outputs)).astype(np.float32), np.zeros(outputs, np.float32)]
        self.grads = [np.zeros_like(p) for p in self.params]

    def forward(self, x: Array, training: bool) -> Array:
        self._x = x
        return x @ self.params[0] + self.params[1]

    def backward(self, slope: Array) -> Array:
        self.grads = [self._x.T @ slope, slope.sum(axis=0)]
        return slope @ self.params[0].T


class Network:
    """Layers in a row that end in one logit a window."""

    def __init__(self, layers: list[Layer]) -> None:
        self.layers = layers

    def logits(self, x: Array, training: bool = False) -> Array:
        """(n,) of windows (n, cells, channels)."""
        for layer in self.layers:
            x = layer.forward(x, training)
        return x[:, 0]

    def learn(self, slope: Array) -> None:
        """Carry the loss's gradient by the logits, (n,), back through all layers."""
        back = slope[:, None]
        for layer in reversed(self.layers):
            back = layer.backward(back)


def compact(cells: int, channels: int, rng: np.random.Generator, width: int = 24, dropout: float = 0.3) -> Network:
    """Four convolutions, three halvings, one hidden layer: about 40 000 weights."""
    layers: list[Layer] = []
    for inputs, outputs, reach, halve in (
        (channels, width, 5, True),
        (width, width, 5, True),
        (width, 2 * width, 3, True),
        (2 * width, 2 * width, 3, False),
    ):
        layers += [Convolution(reach, inputs, outputs, rng), BatchNorm(outputs), Rectifier()]
        layers += [Halve()] if halve else []
    layers += [Flatten(), Dropout(dropout, rng), Dense(2 * width * (cells // 8), 32, rng), Rectifier()]
    return Network([*layers, Dropout(dropout, rng), Dense(32, 1, rng)])


def fit(
    network: Network,
    windows: Array,
    targets: Array,
    rng: np.random.Generator,
    epochs: int = 8,
    batch: int = 256,
    peak_rate: float = 4e-3,
    vary: Callable[[Array, np.random.Generator], Array] = lambda x, _: x,
) -> None:
    """Minimise binary cross-entropy with AdamW (Loshchilov & Hutter 2019) under a one-cycle rate (Smith 2018)."""
    params = [(layer, k) for layer in network.layers for k in range(len(layer.params))]
    first = [np.zeros_like(layer.params[k]) for layer, k in params]
    second = [np.zeros_like(layer.params[k]) for layer, k in params]
    total, step = epochs * -(-len(windows) // batch), 0
    for _ in range(epochs):
        order = rng.permutation(len(windows))
        for chosen in np.array_split(order, -(-len(windows) // batch)):
            step += 1
            logits = network.logits(vary(windows[chosen], rng), training=True)
            network.learn((1 / (1 + np.exp(-logits)) - targets[chosen]).astype(np.float32) / np.float32(len(chosen)))
            rate = peak_rate * _one_cycle(step / total)
            fix = np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            for (layer, k), m, v in zip(params, first, second, strict=True):
                grad = layer.grads[k]
                m += 0.1 * (grad - m)
                v += 0.001 * (grad**2 - v)
                if layer.params[k].ndim > 1:
                    layer.params[k] *= np.float32(1 - 0.01 * rate)
                layer.params[k] -= (rate * fix * m / (np.sqrt(v) + 1e-8)).astype(np.float32)


def _one_cycle(part: float) -> float:
    """Share of the peak rate after `part` of all steps: up during the first 30 %, then down to nothing, by cosines."""
    if part < 0.3:
        return float(0.04 + 0.96 * (1 - np.cos(np.pi * part / 0.3)) / 2)
    return float((1 + np.cos(np.pi * (part - 0.3) / 0.7)) / 2)
