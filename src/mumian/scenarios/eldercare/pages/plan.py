"""A floor as a drawing: rooms along one corridor or two, beds in rooms, and in each bed what is known of its resident.

Pure geometry from the register's place tree. It shows no position that nobody measured: a bed is where somebody lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mumian.scenarios.eldercare.pages.model import Home, Resident, Spot, order
from mumian.scenarios.eldercare.pages.words import Words

WIDTH, HEIGHT = 980.0, 456.0
EDGE = 4.0
ONE_CORRIDOR = 22  # more rooms than this stand along two corridors
ROOM_MAX = 190.0
STRIP = 26.0  # the band of a room beside its door: number and alarm
RANK = {"high": 3, "medium": 2, "low": 1}
SHOWN = {"new": 3, "returned": 2, "acknowledged": 1, "shelved": 0}


@dataclass(frozen=True, slots=True)
class BedShape:
    """One bed: the cell it fills, its glyph (alive, unworn, blind, none, free) and a name cut to fit."""

    x: float
    y: float
    w: float
    h: float
    glyph: str
    name: str
    title: str
    person: str | None
    bold: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """The gravest open alarm of a room and how many there are."""

    priority: str
    state: str
    count: int
    alarm: str


@dataclass(frozen=True, slots=True)
class RoomShape:
    """A room with its door side, its beds and its mark."""

    id: str
    name: str
    x: float
    y: float
    w: float
    h: float
    door_below: bool
    beds: tuple[BedShape, ...]
    mark: Mark | None
    free: bool


@dataclass(frozen=True, slots=True)
class ZoneShape:
    """A place in the corridor: day room, station."""

    name: str
    x: float
    y: float
    w: float
    h: float
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class FloorDrawing:
    """Everything the template draws, in a frame of at most 980 × 460."""

    id: str
    name: str
    rooms: tuple[RoomShape, ...]
    zones: tuple[ZoneShape, ...]
    right: float
    bottom: float
    width: float
    height: float
    said: str


@dataclass(frozen=True, slots=True)
class _Row:
    y: float
    h: float
    door_below: bool


def draw(
    home: Home, floor: Spot, alarms: Sequence[Mapping[str, object]], now_us: int, w: Words
) -> FloorDrawing:
    """The drawing of one floor. `alarms`: open ones of the home, as the API writes them."""
    rooms = sorted((s for s in home.spots if s.kind == "room" and _floor(home, s) == floor.id), key=order)
    zones = sorted((s for s in home.spots if s.kind == "zone" and _floor(home, s) == floor.id), key=order)
    living = {r.bed: r for r in home.residents if r.bed and r.departed_us is None}
    marks, troubled = _marks(home, alarms)
    shapes = tuple(_rooms(home, rooms, zones, living, marks, troubled, now_us, w))
    right = max((s.x + s.w for s in shapes), default=WIDTH - EDGE)
    bottom = max((s.y + s.h for s in shapes), default=HEIGHT - EDGE)
    laid = tuple(_zones(zones, shapes, marks))
    here = sum(1 for r in living.values() if r.floor == floor.id)
    return FloorDrawing(
        floor.id, floor.name, shapes, laid, right, bottom, max(560.0, right + EDGE, *(z.x + z.w + 8 for z in laid)),
        max(260.0, bottom + 14, *(z.y + z.h + 8 for z in laid)),
        w("{floor}平面：{rooms} 间房，{people} 位老人，{alarms} 处报警", floor=floor.name, rooms=len(rooms), people=here,
          alarms=sum(1 for s in (*rooms, *zones) if s.id in marks)),
    )  # fmt: skip


def _floor(home: Home, spot: Spot) -> str | None:
    found = home.within(spot.id, "floor")
    return found.id if found else None


def _marks(home: Home, alarms: Iterable[Mapping[str, object]]) -> tuple[dict[str, Mark], frozenset[str]]:
    found: dict[str, Mark] = {}
    troubled = set()
    for alarm in alarms:
        place = str(alarm.get("place") or "")
        spot = home.within(place, "room") or home.within(place, "zone")
        if spot is None:
            continue
        troubled.add(str(alarm.get("person")))
        mark = Mark(str(alarm["priority"]), str(alarm["state"]), 1, str(alarm["id"]))
        old = found.get(spot.id)
        found[spot.id] = mark if old is None else _graver(old, mark)
    return found, frozenset(troubled)


def _graver(a: Mark, b: Mark) -> Mark:
    top = max(
        (a, b), key=lambda m: (SHOWN.get(m.state, 0) > 0, RANK.get(m.priority, 0), SHOWN.get(m.state, 0))
    )
    return Mark(top.priority, top.state, a.count + b.count, top.alarm)


def _rows(n: int, *, has_zones: bool) -> list[_Row]:
    """Rows of rooms from top to bottom; doors open to the corridor beside them."""
    if n <= 4:
        return [_Row(10, 130, True)]
    if n <= ONE_CORRIDOR:
        h = 112.0 if has_zones else 176.0
        return [_Row(10, h, True), _Row(446 - h, h, False)]
    return [_Row(10, 92, True), _Row(136, 92, False), _Row(228, 92, True), _Row(354, 92, False)]


def _rooms(home: Home, rooms: Sequence[Spot], zones: Sequence[Spot], living: Mapping[str, Resident],
           marks: Mapping[str, Mark], troubled: frozenset[str], now_us: int, w: Words) -> Iterable[RoomShape]:  # fmt: skip
    rows = _rows(len(rooms), has_zones=bool(zones))
    per_row = -(-len(rooms) // len(rows)) if rooms else 1
    width = min(ROOM_MAX, (WIDTH - 2 * EDGE) / per_row)
    inside: dict[str, list[Spot]] = {}
    for spot in home.spots:
        if spot.kind == "bed" and spot.parent:
            inside.setdefault(spot.parent, []).append(spot)
    for i, room in enumerate(rooms):
        row = rows[i // per_row]
        x = EDGE + i % per_row * width
        beds = sorted(inside.get(room.id, []), key=order)
        shapes = tuple(_beds(beds, living, troubled, (x, row, width), now_us, w))
        free = bool(beds) and all(b.person is None for b in shapes)
        yield RoomShape(
            room.id, room.name, x, row.y, width, row.h, row.door_below, shapes, marks.get(room.id), free
        )


def _beds(beds: Sequence[Spot], living: Mapping[str, Resident], troubled: frozenset[str],
          frame: tuple[float, _Row, float], now_us: int, w: Words) -> Iterable[BedShape]:  # fmt: skip
    x, row, width = frame
    if not beds:
        return
    columns = _columns(len(beds), width, row.h - STRIP)
    lines = -(-len(beds) // columns)
    cell_w, cell_h = (width - 4) / columns, min(64.0, (row.h - STRIP - 4) / lines)
    top = row.y + 2 if row.door_below else row.y + row.h - 2 - lines * cell_h
    for i, bed in enumerate(beds):
        resident = living.get(bed.id)
        yield BedShape(
            x + 2 + i % columns * cell_w, top + i // columns * cell_h, cell_w, cell_h,
            resident.state(now_us) if resident else "free",
            fit(resident.name, cell_w - 2) if resident else "",
            title(resident, bed, now_us, w), resident.id if resident else None,
            bool(resident and resident.id in troubled),
        )  # fmt: skip


def _columns(n: int, width: float, height: float) -> int:
    """How many beds stand side by side so that names have most room."""
    fits = max(1, int(width // 36))
    lines = 1
    while -(-n // lines) > fits and (height / (lines + 1)) >= 26:
        lines += 1
    return -(-n // lines)


def title(resident: Resident | None, bed: Spot, now_us: int, w: Words) -> str:
    """What a bed says in words."""
    if resident is None:
        return w("{bed} 空床", bed=bed.name)
    said = {
        "alive": w("手环戴着，有数据"),
        "unworn": w("没有戴手环"),
        "none": w("没有手环"),
    }.get(resident.state(now_us))
    if said is None:
        since = resident.band.blind_us(now_us) if resident.band else None
        said = w("手环自 {t} 看不见", t=w.when(since, now_us)) if since else w("手环还没有来过数据")
    return f"{bed.name} {resident.name}{w('，')}{said}"


def fit(name: str, width: float, size: float = 12) -> str:
    """`name` cut with an ellipsis to `width` pixels at `size`: Chinese is as wide as high, Latin about half."""
    used, out = 0.0, ""
    for sign in name:
        step = size if ord(sign) > 0x2E7F else size * 0.56
        if used + step > width + 0.5:
            return out.rstrip()[: max(1, len(out.rstrip()) - 1)] + "…"
        used, out = used + step, out + sign
    return out


def _zones(
    zones: Sequence[Spot], rooms: Sequence[RoomShape], marks: Mapping[str, Mark]
) -> Iterable[ZoneShape]:
    """Zones side by side in the widest free band: the corridor, or all of the floor where there are no rooms."""
    if not zones:
        return
    y, h = _band(rooms)
    shown = zones[:6]
    width = min(300.0, (WIDTH - 80) / len(shown) - 14)
    left = (WIDTH - len(shown) * (width + 14) + 14) / 2
    for i, zone in enumerate(shown):
        yield ZoneShape(
            fit(zone.name, width - 20, 13), left + i * (width + 14), y, width, h, marks.get(zone.id)
        )


def _band(rooms: Sequence[RoomShape]) -> tuple[float, float]:
    below = [r.y + r.h for r in rooms if r.door_below]
    above = [r.y for r in rooms if not r.door_below]
    if not rooms:
        return 40.0, 200.0
    if not above:
        return max(below) + 38, 132.0
    top, bottom = min(below), min(y for y in above if y > min(below))
    gap = bottom - top
    return (top + 38, gap - 76) if gap > 120 else (top + 5, gap - 10)
