"""The board's lines: an indicator with its three origins side by side, house by house in the plan's order.

Pure functions over rows as `mumian indicators --json` prints them. Origins never mix, and a line claims what its strongest
origin carries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core.kernel.words import Words
from mumian.core.scenario import Scenario
from mumian.web.board_words import count_words, figure_words, goal_words, split_goal, unit_words
from mumian.web.wording import ORIGIN

RANK = {"met": 0, "demonstrated": 1, "rehearsed": 2, "notmet": 3, "thin": 4, "void": 5}
GLYPHS = {
    "not_met": "notmet",
    "insufficient": "thin",
}  # a verdict's glyph where it is not called like the verdict

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of one origin, ready for the board's table and for `parts.caliper`."""

    origin: str
    verdict: str
    value: str
    bound: str
    n: str
    figure: Mapping[str, Any]
    row: Row


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator with its three origins and what can be claimed."""

    id: str
    clause: str
    name: str
    goal: str
    cells: Mapping[str, Cell | None]
    verdict: str
    digest: str
    row: Row


@dataclass(frozen=True, slots=True)
class Group:
    """One house's lines under its name."""

    house: Scenario
    title: str
    lines: tuple[Line, ...]


def groups(houses: Sequence[Scenario], rows: Sequence[Row], w: Words) -> list[Group]:
    """The lines of `houses`, in their order; rows of other houses are left out, and a house without any."""
    found = (Group(house, w.reason(house.title), _of(house, rows, w)) for house in houses)
    return [group for group in found if group.lines]


def _of(house: Scenario, rows: Sequence[Row], w: Words) -> tuple[Line, ...]:
    """One house's lines in the order in which it declares its indicators; what it no longer declares comes last."""
    by: dict[str, list[Row]] = {each.id: [] for each in house.indicators}
    for row in rows:
        if str(row["id"]).split(".")[0] == house.name:
            by.setdefault(str(row["id"]), []).append(row)
    return tuple(_line(id, here, w) for id, here in by.items() if here)


def _line(id: str, rows: Sequence[Row], w: Words) -> Line:
    first, cells = rows[0], {str(row["origin"]): cell(row, w) for row in rows}
    best = min(cells.values(), key=lambda c: (not _tells(c), RANK[c.verdict]))
    shown = {origin: c if (c := cells.get(origin)) and _tells(c) else None for origin in ORIGIN}
    goal = goal_words(str(first["goal"]), str(first["unit"]), w)
    digest = next(iter(best.row.get("digests") or ()), "")
    return Line(
        id, str(first["clause"]), w.reason(first["title"]) or id, goal, shown, best.verdict, digest, best.row
    )


def _tells(c: Cell) -> bool:
    """Whether there is anything behind it: cases, or a figure that is void."""
    return bool(c.row.get("n")) or c.verdict == "void"


def cell(row: Row, w: Words) -> Cell:
    """One figure in words."""
    sense, goal = split_goal(str(row["goal"]))
    unit, n = str(row["unit"]), row.get("n")
    figure = {name: row[name] for name in ("value", "lower", "upper", "origin")} | {
        "goal": goal,
        "sense": sense,
    }
    value = figure_words(row["value"], unit, w)
    return Cell(
        str(row["origin"]),
        GLYPHS.get(str(row["verdict"]), str(row["verdict"])),
        value if row["value"] is None else value + unit_words(unit, w),
        _bound(row, sense, w),
        f"n = {count_words(n, w)}" if n else "",
        figure,
        row,
    )


def _bound(row: Row, sense: str, w: Words) -> str:
    """The bound on the goal's side; a census is its own."""
    if row.get("method") == "census":
        return w("逐条计数")
    bound = row["lower"] if sense == ">=" else row["upper"]
    if bound is None:
        return ""
    said = figure_words(bound, str(row["unit"]), w)
    return w("下限 {v}", v=said) if sense == ">=" else w("上限 {v}", v=said)
