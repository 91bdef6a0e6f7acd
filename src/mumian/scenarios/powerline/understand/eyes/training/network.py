"""The network, described once and read twice: torch computes and trains it, `export` writes it down as ONNX.

EfficientNet-Lite0 (Tan & Le, ICML 2019, arXiv 1905.11946; the Lite variant has neither squeeze-excitation nor swish) as
trunk up to stride 32, a two-step feature pyramid, and two centre heat maps with distances to the box sides (Zhou et al.
2019, arXiv 1904.07850; Tian et al. 2019, arXiv 1904.01355): defects at stride 8, insulators at stride 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

DEFECT_STRIDE = 8
INSULATOR_STRIDE = 16
PYRAMID = (96, 64)  # channels at stride 16 and 8


@dataclass(frozen=True, slots=True)
class Stage:
    """Inverted residual blocks of one width; the first of them applies the stride."""

    expand: int
    channels: int
    repeats: int
    kernel: int
    stride: int


STEM = 32
STAGES = (
    Stage(1, 16, 1, 3, 1),
    Stage(6, 24, 2, 3, 2),
    Stage(6, 40, 2, 5, 2),
    Stage(6, 80, 3, 3, 2),
    Stage(6, 112, 3, 5, 1),
    Stage(6, 192, 2, 5, 2),  # of the original's four; its last stage and classifier are left out
)


@dataclass(frozen=True, slots=True)
class Conv:
    """Shape of one convolution: padding is kernel // 2 on all sides; `clip` is ReLU6."""

    name: str
    inputs: int
    outputs: int
    kernel: int = 1
    stride: int = 1
    depthwise: bool = False
    clip: bool = True

    @property
    def groups(self) -> int:
        """Depthwise convolutions look at each channel by itself."""
        return self.inputs if self.depthwise else 1

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Of the weights: (outputs, inputs per group, kernel, kernel)."""
        return self.outputs, self.inputs // self.groups, self.kernel, self.kernel


class Reader(Protocol[T]):
    """What reads the description: tensors in torch, or names of values in an ONNX graph."""

    def conv(self, signal: T, conv: Conv) -> T:
        """Convolve, add the bias, clip if asked to."""
        ...

    def add(self, one: T, other: T) -> T:
        """Sum of two signals of one shape."""
        ...

    def double(self, signal: T) -> T:
        """Twice as high and wide, by repetition."""
        ...


@dataclass(frozen=True, slots=True)
class Maps(Generic[T]):
    """What the network says: logits (n, 1, h, w), and logarithms of the distances to left, top, right, bottom in cells, (n, 4, h, w)."""

    defect_heat: T
    defect_sides: T
    insulator_heat: T
    insulator_sides: T


def describe(reader: Reader[T], pixels: T) -> Maps[T]:
    """The whole network over `pixels` (n, 3, h, w), scaled to −1 … 1; h and w are multiples of 32."""
    at8, at16, at32 = _trunk(reader, pixels)
    deep, wide = PYRAMID
    top = reader.double(reader.conv(at32, Conv("top", STAGES[5].channels, deep)))
    middle = reader.add(reader.conv(at16, Conv("middle", STAGES[4].channels, deep)), top)
    middle = _separable(reader, middle, "middle_mix", deep, 7)
    down = reader.double(reader.conv(middle, Conv("down", deep, wide)))
    near = reader.add(reader.conv(at8, Conv("near", STAGES[2].channels, wide)), down)
    near = _separable(reader, near, "near_mix", wide, 5)
    return Maps(
        *_head(reader, near, "defect", wide, 5),
        *_head(reader, middle, "insulator", deep, 7),
    )


def _trunk(reader: Reader[T], pixels: T) -> tuple[T, T, T]:
    """Features at stride 8, 16 and 32."""
    signal = reader.conv(pixels, Conv("stem", 3, STEM, 3, 2))
    channels, block, seen = STEM, 0, list[T]()
    for stage in STAGES:
        for repeat in range(stage.repeats):
            stride = stage.stride if repeat == 0 else 1
            signal = _block(reader, signal, f"block{block}", channels, stage, stride)
            channels, block = stage.channels, block + 1
        seen.append(signal)
    return seen[2], seen[4], seen[5]


def _block(reader: Reader[T], signal: T, name: str, channels: int, stage: Stage, stride: int) -> T:
    inner, flow = channels * stage.expand, signal
    if stage.expand != 1:
        flow = reader.conv(flow, Conv(f"{name}.expand", channels, inner))
    flow = reader.conv(flow, Conv(f"{name}.depth", inner, inner, stage.kernel, stride, depthwise=True))
    flow = reader.conv(flow, Conv(f"{name}.project", inner, stage.channels, clip=False))
    return reader.add(signal, flow) if stride == 1 and channels == stage.channels else flow


def _separable(reader: Reader[T], signal: T, name: str, channels: int, kernel: int) -> T:
    spread = reader.conv(
        signal, Conv(f"{name}.depth", channels, channels, kernel, depthwise=True, clip=False)
    )
    return reader.conv(spread, Conv(f"{name}.point", channels, channels))


def _head(reader: Reader[T], signal: T, name: str, channels: int, kernel: int) -> tuple[T, T]:
    """Heat and sides, each after a convolution of its own."""
    heat = _separable(reader, signal, f"{name}.heat_mix", channels, kernel)
    sides = _separable(reader, signal, f"{name}.sides_mix", channels, kernel)
    return (
        reader.conv(heat, Conv(f"{name}.heat", channels, 1, clip=False)),
        reader.conv(sides, Conv(f"{name}.sides", channels, 4, clip=False)),
    )


class _Listing(Reader[None]):
    """Reads the description only to list its convolutions."""

    def __init__(self) -> None:
        self.convs: list[Conv] = []

    def conv(self, signal: None, conv: Conv) -> None:
        self.convs.append(conv)

    def add(self, one: None, other: None) -> None:
        """Nothing to list."""

    def double(self, signal: None) -> None:
        """Nothing to list."""


def convolutions() -> list[Conv]:
    """All convolutions in order of use."""
    listing = _Listing()
    describe(listing, None)
    return listing.convs
