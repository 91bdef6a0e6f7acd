"""From vertices and tags to a `Line`: what all three file kinds share."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import Cgcs2000, Gcj02, MetresAmsl, Wgs84, distance_m, wgs84_of, wgs84_of_cgcs2000
from mumian.scenarios.powerline.domain.line import Line, Tower, TowerKind, tower_kinds
from mumian.scenarios.powerline.domain.naming import fault_of

Datum = Literal["wgs84", "cgcs2000", "gcj02"]
_SAME_PLACE_M = 1.0  # vertices closer than this are one tower mapped twice
_CIRCUITS_OF_CABLES = {3: 1, 6: 2, 9: 3, 12: 4}
MOST_CIRCUITS = 4


class LineFileUnreadable(BadInput):
    """The file holds no line as an importer reads it."""

    code = "line_file_unreadable"
    zh = "无法读取线路文件 {path}：{fault}。{mend}"
    en = "Cannot read the line file {path}: {fault}. {mend}"


@dataclass(frozen=True, slots=True)
class Vertex:
    """One vertex as written: degrees in the file's datum, and what else the file knows of the tower."""

    lat_deg: float
    lon_deg: float
    kind: TowerKind | None = None
    ground_m: float | None = None
    height_m: float | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A line as its file announces it; `ordinal` counts from 1 in the file. None: no voltage that could be read."""

    ordinal: int
    name: str
    voltage_kv: int | None
    towers: int


def announced(path: Path, ordinal: int, tags: dict[str, Any], towers: int) -> Listed:
    """The line's entry in a list of what its file holds."""
    try:
        kv = voltage(path, tags)
    except LineFileUnreadable:
        kv = None
    return Listed(ordinal, _name(path, tags), kv, towers)


def _name(path: Path, tags: dict[str, Any]) -> str:
    """What the file calls the line, else its number, else the file's own name."""
    numbered = f"line {tags['id']}" if tags.get("id") is not None else path.stem
    return str(tags.get("name") or tags.get("ref") or numbered)


def build(path: Path, tags: dict[str, Any], vertices: Sequence[Vertex], datum: Datum, origin: str) -> Line:
    """The line of the vertices, in their order; tower n is vertex n, counted from 1."""
    voltage_kv = voltage(path, tags)
    places = [_place(path, number, vertex, datum) for number, vertex in enumerate(vertices, 1)]
    kept = [n for n, at in enumerate(places) if n == 0 or distance_m(places[n - 1], at) >= _SAME_PLACE_M]
    if len(kept) < 2:
        raise LineFileUnreadable(
            path=path, fault="the line has fewer than two towers", mend="Draw at least two"
        )
    kinds = tower_kinds(tuple(places[n] for n in kept))
    towers = tuple(_tower(n + 1, places[n], vertices[n], kind) for n, kind in zip(kept, kinds, strict=True))
    circuits, circuits_assumed = _circuits(tags)
    assumed = _assumed(
        towers, [vertices[n] for n in kept], circuits, circuits_assumed=circuits_assumed, origin=origin
    )
    return Line(
        _text(path, tags.get("id", path.stem), "id"),
        _text(path, _name(path, tags), "name"),
        voltage_kv,
        circuits,
        towers,
        assumed,
    )


def _text(path: Path, value: Any, what: str) -> str:
    """A name as people read it, no longer than one; with nothing unseen in it."""
    said = str(value)
    if fault := fault_of(said):
        raise LineFileUnreadable(
            path=path, fault=f"its {what} {fault}", mend="Write a name that people can read"
        )
    return said


def voltage(path: Path, tags: dict[str, Any]) -> int:
    """Nominal voltage in kV: from `voltage` in volts (OpenStreetMap; of several the highest counts) or `voltage_kv`."""
    written, unit = (
        (tags["voltage_kv"], 1000) if tags.get("voltage_kv") is not None else (tags.get("voltage"), 1)
    )
    volts = [
        float(part) * unit
        for part in re.findall(r"(?<![-−.\d])\d+(?:\.\d+)?", str(written if written is not None else ""))
    ]
    if not volts or not 1_000 <= max(volts) <= 1_500_000:
        raise LineFileUnreadable(
            path=path, fault=f"voltage is {written!r}", mend='Give it in volts, like "voltage": "132000"'
        )
    return round(max(volts) / 1000)


def number(path: Path, text: Any, what: str) -> float:
    """A finite number; LineFileUnreadable names the place."""
    try:
        value = math.nan if isinstance(text, bool) else float(text)
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise LineFileUnreadable(
            path=path, fault=f"{what} is {str(text)[:40]!r}, no finite number", mend="Correct it"
        )
    return value


def _place(path: Path, ordinal: int, vertex: Vertex, datum: Datum) -> Wgs84:
    try:
        if datum == "gcj02":
            return wgs84_of(Gcj02(vertex.lat_deg, vertex.lon_deg))
        if datum == "cgcs2000":
            return wgs84_of_cgcs2000(Cgcs2000(vertex.lat_deg, vertex.lon_deg))
        return Wgs84(vertex.lat_deg, vertex.lon_deg)
    except BadInput as error:
        mend = "Check the order: GeoJSON and KML write longitude first"
        raise LineFileUnreadable(path=path, fault=f"vertex {ordinal}: {error.say('en')}", mend=mend) from None


def _tower(ordinal: int, at: Wgs84, vertex: Vertex, derived: TowerKind) -> Tower:
    ground_m = None if vertex.ground_m is None else MetresAmsl(vertex.ground_m)
    return Tower(ordinal, at, vertex.kind or derived, ground_m, vertex.height_m)


def _circuits(tags: dict[str, Any]) -> tuple[int, bool]:
    """(circuits, whether assumed): from `circuits`, else from `cables` (three phases a circuit), else two."""
    for key, of in (
        ("circuits", {n: n for n in range(1, MOST_CIRCUITS + 1)}),
        ("cables", _CIRCUITS_OF_CABLES),
    ):
        written = re.match(r"\s*(\d{1,3})", str(tags.get(key, "")))
        if written and int(written[1]) in of:
            return of[int(written[1])], False
    return 2, True


def _assumed(
    towers: tuple[Tower, ...],
    vertices: Sequence[Vertex],
    circuits: int,
    *,
    circuits_assumed: bool,
    origin: str,
) -> tuple[str, ...]:
    said = [f"{origin}: every vertex is taken for a tower"]
    if any(v.kind is None for v in vertices):
        said.append("tower kinds: the ends and turns of more than 5° are strain towers")
    if any(t.ground_m is None for t in towers):
        said.append("ground: flat at the height of home, where the file gives none")
    if any(t.height_m is None for t in towers):
        said.append("tower heights: from voltage, span and sag")
    if circuits_assumed:
        said.append(f"circuits: {circuits}, because the file names neither circuits nor cables")
    said.append("phases, cross-arms, conductor type, tension and sag: from the voltage")
    said.append("surroundings: no other line, building or tree is known")
    return tuple(said)
