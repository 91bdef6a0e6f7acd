"""Side views as SVG coordinates: metres along and up → pixels, axes with round figures. Words and colours stand in the templates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Places = Sequence[Sequence[float]]
WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 16, 32


@dataclass(frozen=True, slots=True)
class Sheet:
    """The stretch that is drawn, in metres; heights are exaggerated `by` times."""

    s0: float
    s1: float
    z0: float
    z1: float

    @property
    def by(self) -> float:
        """How much steeper the drawing is than the ground."""
        across = (WIDTH - LEFT - RIGHT) / (self.s1 - self.s0)
        return (HEIGHT - TOP - BOTTOM) / (self.z1 - self.z0) / across

    def x(self, s: float) -> float:
        """Pixel of a station."""
        return round(LEFT + (s - self.s0) / (self.s1 - self.s0) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, z: float) -> float:
        """Pixel of a height."""
        return round(TOP + (self.z1 - z) / (self.z1 - self.z0) * (HEIGHT - TOP - BOTTOM), 1)

    def path(self, places: Places, gap_m: float = math.inf) -> str:
        """An open path; the pen is lifted over gaps longer than `gap_m`."""
        told, before = [], None
        for s, z in places:
            told.append(f"{'M' if before is None or s - before > gap_m else 'L'}{self.x(s)} {self.y(z)}")
            before = s
        return "".join(told)

    def ticks(self) -> dict[str, list[tuple[float, str]]]:
        """Pixels and words of round stations and heights."""
        return {
            "s": [(self.x(v), f"{v:g}") for v in _round(self.s0, self.s1, 8)],
            "z": [(self.y(v), f"{v:g}") for v in _round(self.z0, self.z1, 6)],
        }


def sheet(places: Iterable[Sequence[float]]) -> Sheet | None:
    """A sheet that holds all places with some air; None without any."""
    known = list(places)
    if not known:
        return None
    s, z = [p[0] for p in known], [p[1] for p in known]
    air = max((max(z) - min(z)) * 0.06, 1.0)
    return Sheet(min(s), max(*s, min(s) + 1.0), min(z) - air, max(z) + air)


def _round(low: float, high: float, most: int) -> list[float]:
    step = (high - low) / most
    size = 10 ** math.floor(math.log10(step))
    step = next(m * size for m in (1, 2, 5, 10) if m * size >= step)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
