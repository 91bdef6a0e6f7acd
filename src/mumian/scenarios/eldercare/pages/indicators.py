"""The indicator board of this house: every figure with bound, n, origin, digest; recomputed from sealed evidence on a press.

There is no field here into which a number could be typed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core.kernel.clock import parse
from mumian.core.prove import export, figures, registered
from mumian.core.scenario import Redirect, Visit
from mumian.core.store import ledger, telemetry
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.spoken import spoken
from mumian.scenarios.eldercare.pages.words import ORIGINS, Words

HOUSE = "eldercare"
VERDICTS = ("met", "demonstrated", "rehearsed", "notmet", "thin", "void")
RANK = {"met": 0, "demonstrated": 1, "rehearsed": 2, "notmet": 3, "thin": 4, "void": 5}
WORDS = {
    "met": ("达标", "现场证据，置信界过目标"), "demonstrated": ("已演示", "真实记录重放，界过目标"),
    "rehearsed": ("已演练", "仿真，界过目标"), "notmet": ("未达标", "证据充分，界在目标外"),
    "thin": ("证据不足", "样本或期限未到"),
}  # fmt: skip
METHODS = {
    "clopper-pearson": "Clopper–Pearson 单侧 95 %", "poisson-exact": "泊松精确 单侧 95 %",
    "order-statistic": "次序统计量 单侧 95 %", "census": "逐条计数",
}  # fmt: skip
UNITS = {"1/h": "次/时", "1/d": "次/人日", "s": "秒", "person": "人", "ratio": ""}
SHARES = ("ratio", "1", "")


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of one origin, ready for the board's table and for `parts.caliper`."""

    origin: str
    verdict: str
    value: str
    bound: str
    n: str
    digest: str
    figure: Mapping[str, Any]
    row: Mapping[str, Any]


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
    row: Mapping[str, Any]


def view(visit: Visit) -> Mapping[str, object]:
    """GET /eldercare/indicators?id=."""
    w = language.of(visit.lang)
    size, root = ledger.head(visit.store)
    return context(
        figures.current(visit.store, HOUSE),
        visit.query.get("id", ""),
        visit.clock.now_us(),
        w,
        tree=(int(size), str(root)),
    )


def context(
    rows: Sequence[Mapping[str, Any]], chosen: str, now_us: int, w: Words, *, tree: tuple[int, str]
) -> dict[str, object]:
    """Board and detail. `rows`: as `mumian indicators --json` prints them."""
    lines = _lines(rows, w)
    selected = next((x for x in lines if x.id == chosen), lines[0] if lines else None)
    tally = [(v, w(WORDS[v][0]), w(WORDS[v][1]), sum(x.verdict == v for x in lines)) for v in WORDS]
    return {
        "lines": lines, "selected": selected, "tally": tally, "n": len(lines),
        "tree": w("日志树 {n} 条", n=w.figure(tree[0])), "root": tree[1],
        "detail": detail(selected, now_us, w) if selected else None,
    }  # fmt: skip


def _lines(rows: Sequence[Mapping[str, Any]], w: Words) -> list[Line]:
    by: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by.setdefault(str(row["id"]), []).append(row)
    out = []
    for id, here in by.items():
        cells = {row["origin"]: _cell(row, w) for row in here}
        best = min(cells.values(), key=lambda c: RANK[c.verdict])
        first = here[0]
        name = w.reason(first["title"]) or id
        shown = {
            o: cells.get(o)
            if cells.get(o) and (cells[o].row.get("n") or cells[o].verdict == "void")
            else None
            for o in ORIGINS
        }
        out.append(Line(id, str(first["clause"]), name, goal_words(str(first["goal"]), str(first["unit"]), w), shown, best.verdict,
                        best.digest, best.row))  # fmt: skip
    return out


def verdict(row: Mapping[str, Any]) -> str:
    """The evidence glyph of a figure's verdict."""
    return {"not_met": "notmet", "insufficient": "thin"}.get(str(row["verdict"]), str(row["verdict"]))


def _cell(row: Mapping[str, Any], w: Words) -> Cell:
    sense, goal = split_goal(str(row["goal"]))
    unit = str(row["unit"])
    figure = {
        "value": row["value"],
        "lower": row["lower"],
        "upper": row["upper"],
        "goal": goal,
        "sense": sense,
        "origin": row["origin"],
    }
    bound = row["lower"] if sense == ">=" else row["upper"]
    census = row.get("method") == "census"
    said = ""
    if bound is not None and not census:
        said = (
            w("下限 {v}", v=figure_words(bound, unit, w))
            if sense == ">="
            else w("上限 {v}", v=figure_words(bound, unit, w))
        )
    elif census:
        said = w("逐条计数")
    digests = row.get("digests") or []
    n = row.get("n")
    return Cell(
        str(row["origin"]), verdict(row), figure_words(row["value"], unit, w) + unit_words(unit, w), said,
        f"n = {w.figure(n, 0 if float(n).is_integer() else 1)}" if n else "", str(digests[0]) if digests else "", figure, row,
    )  # fmt: skip


def split_goal(goal: str) -> tuple[str, float]:
    """The sense and the bound of a goal: `>=0.92` gives >= and 0.92."""
    sense = next((s for s in (">=", "<=", "=") if goal.startswith(s)), ">=")
    return sense, float(goal.removeprefix(sense))


def goal_words(goal: str, unit: str, w: Words) -> str:
    """≥ 0.92, ≤ 60 秒."""
    sense, bound = split_goal(goal)
    sign = {">=": "≥", "<=": "≤", "=": "="}[sense]
    text = w.figure(bound) if float(bound).is_integer() else f"{bound:g}"
    return f"{sign} {text}{unit_words(unit, w)}"


def unit_words(unit: str, w: Words) -> str:
    """The unit after a space; none for shares."""
    word = w(UNITS.get(unit, unit))
    return f" {word}" if word else ""


def figure_words(value: float | None, unit: str, w: Words) -> str:
    """Shares with three decimals, counts whole, times with one."""
    if value is None:
        return "—"
    if unit in SHARES:
        return f"{value:.3f}"
    digits = 0 if float(value).is_integer() else 1 if unit == "s" else 2
    return w.figure(value, digits)


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure on the detail's ruler, in a 308 × 168 frame."""

    y: float
    low: float
    high: float
    value: float
    jaw: float
    label: str
    origin: str
    rising: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """The panel on the right: what it says, the ruler, the petals, the command."""

    say: tuple[str, ...]
    marks: tuple[Mark, ...]
    goal_x: float
    rising: bool
    ends: tuple[str, str]
    goal: str
    petals: tuple[tuple[int, str, str], ...]
    command: str
    figure: str
    digests: tuple[str, ...]
    origins: tuple[tuple[str, str], ...]
    void: str


def detail(line: Line, now_us: int, w: Words) -> Detail:
    """All that stands behind one indicator."""
    cells = [c for c in line.cells.values() if c]
    row = line.row
    marks, goal_x, ends, rising = _ruler(cells, w)
    void = next((w.reason(c.row["void"]) for c in cells if c.row.get("void")), "")
    return Detail(
        tuple(_say(line, cells, w)), marks, goal_x, rising, ends, line.goal, _petals(row, now_us, w),
        f"mumian recompute {line.id}.json", str(row.get("figure") or ""), tuple(row.get("digests") or ()),
        tuple((c.origin, _of(c, w)) for c in cells), void,
    )  # fmt: skip


def _of(c: Cell, w: Words) -> str:
    k, n = c.row.get("k"), c.row.get("n")
    if k is None or not n:
        return c.n
    return f"{w.figure(k)} / {w.figure(n, 0 if float(n).is_integer() else 1)}"


def _say(line: Line, cells: Sequence[Cell], w: Words) -> list[str]:
    if not cells:
        return [w("还没有封存的证据。数据封存后按“重新计算”。")]
    out = []
    for c in cells:
        origin = w(ORIGINS[c.origin])
        if c.verdict in ("met", "demonstrated", "rehearsed"):
            out.append(
                w(
                    "{origin}：{bound}，过目标 {goal}。",
                    origin=origin,
                    bound=c.bound or c.value,
                    goal=line.goal,
                )
            )
        elif c.verdict == "void":
            out.append(w("{origin}：作废。", origin=origin))
        elif c.verdict == "notmet":
            out.append(w("{origin}：证据够了，{bound} 在目标外。", origin=origin, bound=c.bound or c.value))
        else:
            needed = c.row.get("needed")
            more = w("再有 {n} 例零差错就过线。", n=w.figure(needed)) if needed else w("还不能下结论。")
            out.append(w("{origin}：{value}，还不算达标。", origin=origin, value=c.bound or c.value) + more)
    return out


def _ruler(cells: Sequence[Cell], w: Words) -> tuple[tuple[Mark, ...], float, tuple[str, str], bool]:
    drawn = [c for c in cells if c.figure["value"] is not None]
    if not drawn:
        return (), 0.0, ("", ""), True
    goal, sense = drawn[0].figure["goal"], drawn[0].figure["sense"]
    values = [
        goal,
        *(
            v
            for c in drawn
            for v in (c.figure["value"], c.figure["lower"], c.figure["upper"])
            if v is not None
        ),
    ]
    low, high = min(values), max(values)
    pad = (high - low) * 0.1 or abs(goal) * 0.1 or 1.0
    low, high = low - pad, high + pad
    unit = str(drawn[0].row["unit"])
    if unit in SHARES:
        high = min(high, 1.0)
    low = max(low, 0.0)

    def x(v: float) -> float:
        return float(8 + 292 * (v - low) / ((high - low) or 1))

    marks = []
    for i, c in enumerate(drawn):
        f = c.figure
        lo, hi = (
            (f["lower"] if f["lower"] is not None else f["value"]),
            (f["upper"] if f["upper"] is not None else f["value"]),
        )
        jaw = lo if sense == ">=" else hi
        marks.append(
            Mark(
                44 + 40 * i,
                x(lo),
                x(hi),
                x(f["value"]),
                x(jaw),
                figure_words(jaw, unit, w),
                c.origin,
                sense == ">=",
            )
        )
    return tuple(marks), x(goal), (figure_words(low, unit, w), figure_words(high, unit, w)), sense == ">="


def _petals(row: Mapping[str, Any], now_us: int, w: Words) -> tuple[tuple[int, str, str], ...]:
    period = row.get("period") or {}
    digests = row.get("digests") or []
    seen = w("{n} 段已封存", n=len(digests)) if digests else w("还没有封存")
    span = (
        f"{w.when(parse(period['from']), now_us)} — {w.when(parse(period['until']), now_us)}"
        if period
        else ""
    )
    models = w("、").join(row.get("models") or []) or w("不用模型")
    method = w(METHODS.get(str(row.get("method")), str(row.get("method") or "—")))
    signed = (
        w("{t} 计算并签名", t=w.when(parse(row["computed_at"]), now_us))
        if row.get("computed_at")
        else w("还没有算过")
    )
    return (
        (1, seen, span), (2, models, ""), (3, w("第 {n} 版定义", n=row.get("version", 1)), spoken(str(row.get("note") or ""), w)),
        (4, w("值只由封存的记录算出"), w("没有可填的格子")), (5, method, signed),
    )  # fmt: skip


def recompute(visit: Visit) -> Redirect:
    """POST /eldercare/indicators: seal what is open, then compute and sign every figure of this house anew."""
    w = language.of(visit.lang)
    telemetry.seal(visit.store, "events", force=True)
    made = figures.compute(visit.store, visit.clock, registered(HOUSE))
    said = w("{n} 个数已重新计算并签名", n=len(made)) if made else w("还没有可算的：没有封存的记录")
    chosen = visit.field("id")
    return Redirect(f"/eldercare/indicators?id={chosen}" if chosen else "/eldercare/indicators", said)


def exported(visit: Visit) -> Mapping[str, object]:
    """POST /eldercare/indicators/export: the signed figure with its proofs, to keep and to check elsewhere."""
    document = export.document(visit.store, visit.field("figure"))
    text = json.dumps(document, ensure_ascii=False, indent=1)
    name = f"{visit.field('id') or 'figure'}.json"
    link = "data:application/json;base64," + base64.b64encode(text.encode()).decode()
    return {"exported": {"text": text, "name": name, "link": link, "bytes": len(text.encode())}}
