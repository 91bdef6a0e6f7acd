"""A tower table (杆塔明细表) as CSV: lat, lon, and what is known of kind, ground_m, height_m, voltage, circuits, name, id."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from mumian.scenarios.powerline.domain.line import Line, TowerKind
from mumian.scenarios.powerline.observe.lines.building import Datum, LineFileUnreadable, Vertex, build, number

# Column → the names under which utilities and maps export it.
_NAMES = {
    "lat": ("lat", "latitude", "lat_deg", "纬度"),
    "lon": ("lon", "lng", "longitude", "lon_deg", "经度"),
    "kind": ("kind", "type", "杆塔类型"),
    "ground_m": ("ground_m", "elevation_m", "地面高程"),
    "height_m": ("height_m", "全高"),
    "voltage": ("voltage",),
    "voltage_kv": ("voltage_kv", "电压等级"),
    "circuits": ("circuits", "回路数"),
    "name": ("line", "name", "线路名称"),
    "id": ("line_id", "id"),
}
_KINDS: dict[str, TowerKind] = {
    "tangent": "tangent",
    "strain": "strain",
    "直线": "tangent",
    "直线塔": "tangent",
    "耐张": "strain",
    "耐张塔": "strain",
}


def line(raw: bytes, path: Path, datum: Datum, _ordinal: int = 1) -> Line:
    """One row a tower, in the line's order; the line's own columns are read from the first row. A table holds one line."""
    try:
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise LineFileUnreadable(path=path, fault=str(error), mend="Save it as CSV UTF-8") from None
    if not rows:
        raise LineFileUnreadable(path=path, fault="it has no rows", mend="Write a header and one row a tower")
    columns = _columns(path, [str(name) for name in rows[0] if name is not None])
    vertices = [_vertex(path, n, row, columns) for n, row in enumerate(rows, 2)]
    tags = {
        what: (rows[0].get(columns[what]) or "").strip() or None
        for what in ("voltage", "voltage_kv", "circuits", "name", "id")
        if what in columns
    }
    return build(path, {k: v for k, v in tags.items() if v is not None}, vertices, datum, "CSV")


def _columns(path: Path, header: list[str]) -> dict[str, str]:
    """Meaning → the file's own column name."""
    found = {what: name for what, names in _NAMES.items() for name in header if name.strip().lower() in names}
    missing = [what for what in ("lat", "lon") if what not in found]
    if missing:
        raise LineFileUnreadable(
            path=path,
            fault=f"no column {' and '.join(missing)}",
            mend="Name the columns lat, lon, voltage, …",
        )
    return found


def _vertex(path: Path, row_number: int, row: dict[str, str], columns: dict[str, str]) -> Vertex:
    def cell(what: str) -> str:
        return (row.get(columns.get(what, "")) or "").strip()

    def optional(what: str) -> float | None:
        return number(path, cell(what), f"row {row_number}, {what}") if cell(what) else None

    kind = cell("kind").lower()
    if kind and kind not in _KINDS:
        raise LineFileUnreadable(
            path=path, fault=f"row {row_number}: kind {kind!r}", mend="Use tangent or strain"
        )
    return Vertex(
        number(path, cell("lat"), f"row {row_number}, lat"),
        number(path, cell("lon"), f"row {row_number}, lon"),
        _KINDS.get(kind),
        optional("ground_m"),
        optional("height_m"),
    )
