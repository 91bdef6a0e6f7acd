"""What stands behind one indicator: a sentence for each origin, the ruler with its bounds, the five steps, the digests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mumian.core.kernel.clock import parse
from mumian.core.kernel.words import Words
from mumian.web.board_lines import Cell, Line, Row
from mumian.web.board_words import METHODS, SHARES, count_words, figure_words
from mumian.web.wording import ORIGIN

LEFT, WIDTH = 8, 292  # the ruler in its frame of 308 × 168
FIRST_Y, STEP_Y = 44, 40
NOTHING = "nothing is sealed yet"  # what core writes where no indicator has spoken; the first step says it

Remark = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure on the ruler, in the frame's units."""

    y: float
    low: float
    high: float
    value: float
    jaw: float
    label: str
    origin: str


@dataclass(frozen=True, slots=True)
class Ruler:
    """The marks against the goal; `rising`: the pass side lies to the right of it."""

    marks: tuple[Mark, ...] = ()
    goal_x: float = 0.0
    ends: tuple[str, str] = ("", "")
    rising: bool = True


@dataclass(frozen=True, slots=True)
class Detail:
    """The panel on the right."""

    say: tuple[str, ...]
    ruler: Ruler
    goal: str
    petals: tuple[tuple[int, str, str], ...]
    command: str
    figure: str
    digests: tuple[str, ...]
    origins: tuple[tuple[str, str], ...]
    void: str


def detail(line: Line, remark: Remark, now_us: int, w: Words) -> Detail:
    """All that stands behind one indicator. `remark` says a figure's note in the reader's language."""
    cells, row = [c for c in line.cells.values() if c], line.row
    return Detail(
        say=tuple(_said(c, line.goal, w) for c in cells) or (_none(row, w),),
        ruler=ruler(cells, w),
        goal=line.goal,
        petals=_petals(row, remark, now_us, w),
        command=f"mumian recompute {line.id}.json",
        figure=str(row.get("figure") or ""),
        digests=tuple(row.get("digests") or ()),
        origins=tuple((c.origin, _cases(c, w)) for c in cells),
        void=next((w.reason(c.row["void"]) for c in cells if c.row.get("void")), ""),
    )


def _none(row: Row, w: Words) -> str:
    """Why no origin has a figure: nothing is sealed, or nothing that is sealed is a case of it."""
    if row.get("digests"):
        return w("封存的记录里还没有这样的一例。")
    return w("还没有封存的证据。数据封存后按“重新计算”。")


def _cases(c: Cell, w: Words) -> str:
    """Hits over cases; a census has no hits."""
    k, n = c.row.get("k"), c.row.get("n")
    if k is None or not n or c.row.get("method") == "census":
        return c.n
    return f"{w.figure(k)} / {count_words(n, w)}"


def _said(c: Cell, goal: str, w: Words) -> str:
    census = c.row.get("method") == "census"  # it is its own bound
    origin, bound = w(ORIGIN[c.origin]), c.value if census else c.bound or c.value
    if c.verdict in ("met", "demonstrated", "rehearsed"):
        return w("{origin}：{bound}，过目标 {goal}。", origin=origin, bound=bound, goal=goal)
    if c.verdict == "void":
        return w("{origin}：作废。", origin=origin)
    if c.verdict == "notmet":
        return w("{origin}：证据够了，{bound} 在目标外。", origin=origin, bound=bound)
    if c.row["value"] is None:
        return w("{origin}：还算不出数。", origin=origin)
    needed = c.row.get("needed")
    more = w("再有 {n} 例零差错就过线。", n=w.figure(needed)) if needed else w("还不能下结论。")
    return w("{origin}：{value}，还不算达标。", origin=origin, value=bound) + more


def ruler(cells: Sequence[Cell], w: Words) -> Ruler:
    """Every origin's interval on one scale that holds the goal too."""
    drawn = [c.figure for c in cells if c.figure["value"] is not None]
    if not drawn:
        return Ruler()
    goal, rising = drawn[0]["goal"], drawn[0]["sense"] == ">="
    unit = next(str(c.row["unit"]) for c in cells)
    spans = [_span(f["value"], f["lower"], f["upper"]) for f in drawn]
    low, high = _ends([goal, *(v for span in spans for v in span)], unit)

    def x(v: float) -> float:
        return float(LEFT + WIDTH * (v - low) / ((high - low) or 1))

    marks = (
        Mark(FIRST_Y + STEP_Y * i, x(lo), x(hi), x(f["value"]), x(jaw := lo if rising else hi), figure_words(jaw, unit, w), f["origin"])
        for i, (f, (lo, hi)) in enumerate(zip(drawn, spans, strict=True))
    )  # fmt: skip
    return Ruler(tuple(marks), x(goal), (figure_words(low, unit, w), figure_words(high, unit, w)), rising)


def _span(value: float, lower: float | None, upper: float | None) -> tuple[float, float]:
    """The interval; a side without a bound ends at the value."""
    return (value if lower is None else lower, value if upper is None else upper)


def _ends(values: Sequence[float], unit: str) -> tuple[float, float]:
    """The scale's ends: a tenth beyond what is drawn, but no share beyond 1 and no zero crossed for nothing."""
    low, high = min(values), max(values)
    pad = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    return (
        max(low - pad, 0.0) if low >= 0 else low - pad,
        min(high + pad, 1.0) if unit in SHARES and high <= 1 else high + pad,
    )


def _moment(us: int, w: Words) -> str:
    return f"{w.date(us)} {w.time(us)}"


def _petals(row: Row, remark: Remark, now_us: int, w: Words) -> tuple[tuple[int, str, str], ...]:
    period, digests, computed = row.get("period"), row.get("digests") or (), row.get("computed_at")
    note = str(row.get("note") or "")
    method = w(METHODS.get(str(row.get("method")), str(row.get("method") or "—")))
    return (
        (1, w("{n} 段已封存", n=len(digests)) if digests else w("还没有封存"),
         " — ".join(_moment(parse(period[end]), w) for end in ("from", "until")) if period else ""),
        (2, w("、").join(row.get("models") or ()) or w("不用模型"), ""),
        (3, w("第 {n} 版定义", n=row.get("version", 1)), "" if note == NOTHING else remark(note, w.lang)),
        (4, w("值只由封存的记录算出"), w("没有可填的格子")),
        (5, method, w("{t} 计算并签名", t=w.when(parse(computed), now_us)) if computed else w("还没有算过")),
    )  # fmt: skip
