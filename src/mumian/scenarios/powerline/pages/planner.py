"""The planner: hand in a line, choose towers, get a proved plan with its drawing, its files and its certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

from mumian.core.kernel.errors import BadInput
from mumian.core.scenario import Redirect, Visit
from mumian.scenarios.powerline.decide.plan.mission import Profile
from mumian.scenarios.powerline.decide.plans import keeping, rows
from mumian.scenarios.powerline.observe.lines import Datum, Listed
from mumian.scenarios.powerline.pages import people
from mumian.scenarios.powerline.pages.drawing import HEIGHT, WIDTH, sheet

LISTED = 300
LISTED_IN_FILE = 1000  # lines of one file to choose from
LARGEST_BYTES = 5_000_000  # of a line's file
BODY_BYTES = LARGEST_BYTES + 250_000  # with the form around it


class NoWholeNumber(BadInput):
    """A number of towers, or of a tower, is something else."""

    zh, en = "“{text}”不是整数：请填第几基、几基塔", "{text!r}: a whole number of towers is meant"


class NoPlanFile(BadInput):
    """The form came without its file."""

    zh = "没有交来文件：请选要核对的 .plan 文件"
    en = "no file was handed in: choose the .plan file that is to be proved"


def view(visit: Visit) -> Mapping[str, object]:
    """GET /powerline/plan?line=&plan=."""
    lines = rows.lines(visit.store, LISTED)
    asked = visit.query.get("line") or (lines[0]["id"] if lines else "")
    held = rows.line(visit.store, asked) if asked else None
    plans = rows.plans(visit.store, held["id"], LISTED) if held else []
    wanted = visit.query.get("plan") or (plans[0]["id"] if plans else "")
    one = rows.plan(visit.store, wanted) if wanted else None
    one = one if one and held and one["line"] == held["id"] else None
    drawn = keeping.line_of(held) if held else None
    in_file = keeping.lines_of(held) if held and held["lines_in_file"] > 1 else []
    return {
        "lines": lines,
        "line": held,
        "towers": drawn.towers[:LISTED] if drawn else (),
        "spans": drawn.spans[:LISTED] if drawn else (),
        "plans": plans,
        "one": one,
        "drawn": _drawn(one["told"]) if one else None,
        "in_file": in_file,
        "place": _place(held, in_file),
        "spacing": _spacing(one["told"].get("frames")) if one else "",
        "most_in_file": LISTED_IN_FILE,
        "datums": get_args(Datum),
        "largest": LARGEST_BYTES,
    }


def _place(held: Mapping[str, Any] | None, in_file: Sequence[Listed]) -> int:
    """Which of the file's lines is kept, counted among its lines: other features do not count."""
    return next((n for n, one in enumerate(in_file, 1) if held and one.ordinal == held["ordinal"]), 1)


def _spacing(frames: Sequence[Any] | None) -> str:
    """The least and the greatest spacing of a corridor's photographs, once where they are alike."""
    between = frames[1] if frames else []
    return "–".join(f"{m:g}" for m in dict.fromkeys((between[0], between[-1]))) if between else ""


def hand_in(visit: Visit) -> Redirect:
    """POST /powerline/plan: keep a line's file."""
    datum = visit.field("datum") or "wgs84"
    if datum not in get_args(Datum):
        raise BadInput(detail=f"datum {datum[:40]!r}: one of {', '.join(get_args(Datum))}")
    name, source = _source(visit)
    id = keeping.keep_line(visit.store, name, source, cast("Datum", datum), people.who(visit))
    return Redirect(f"/powerline/plan?line={id}")


def _source(visit: Visit) -> tuple[str, str]:
    """Name and text of the file that was chosen, else of what was pasted. BadInput for one that is no UTF-8 text."""
    chosen = visit.files.get("upload")
    if chosen is None or not chosen.data:
        return visit.field("file") or "line.geojson", (visit.form.get("source") or [""])[0]
    try:
        return chosen.name, chosen.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            detail=f"{chosen.name[:80]}: byte {error.start} is no UTF-8 text: export the line as GeoJSON, KML or CSV in UTF-8"
        ) from None


def choose(visit: Visit) -> Redirect:
    """POST /powerline/plan/{id}/line: another line of the same file."""
    id = keeping.choose(visit.store, visit.params["id"], _whole(visit.field("ordinal")), people.who(visit))
    return Redirect(f"/powerline/plan?line={id}")


def make(visit: Visit) -> Redirect:
    """POST /powerline/plan/{id}: plan the towers that were chosen."""
    profile = visit.field("profile")
    if profile not in get_args(Profile):
        raise BadInput(detail=f"profile {profile[:40]!r}: one of {', '.join(get_args(Profile))}")
    first, count = _whole(visit.field("first")), _whole(visit.field("count"))
    id = keeping.make(
        visit.store, visit.params["id"], first, count, cast("Profile", profile), people.who(visit)
    )
    return Redirect(f"/powerline/plan?line={visit.params['id']}&plan={id}")


def check(visit: Visit) -> Redirect:
    """POST /powerline/plan/{id}/check: prove a plan that was changed elsewhere."""
    chosen = visit.files.get("plan")
    if chosen is None or not chosen.data:
        raise NoPlanFile
    id = keeping.check(visit.store, visit.params["id"], chosen.name, chosen.data, people.who(visit))
    return Redirect(f"/powerline/plan?line={visit.params['id']}&plan={id}")


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise NoWholeNumber(text=text[:20])
    return int(text)


def _drawn(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """The plan in pixels."""
    ground = [t["at"] for t in told["towers"]]
    tops = [[t["at"][0], t["top_m"]] for t in told["towers"]]
    paper = sheet([*told["path"], *ground, *tops, *(p for wire in told["wires"] for p in wire)])
    if paper is None:
        return None
    return {
        "width": WIDTH, "height": HEIGHT, "by": round(paper.by, 1), "ticks": paper.ticks(),
        "ground": paper.path(ground), "path": paper.path(told["path"]), "wires": [paper.path(wire) for wire in told["wires"]],
        "photos": [(paper.x(s), paper.y(z)) for s, z in told["photos"]],
        "towers": [(t["number"], paper.x(t["at"][0]), paper.y(t["at"][1]), paper.y(t["top_m"])) for t in told["towers"]],
        "marks": [(words(numbers), paper.x(s), paper.y(z)) for (s, z), numbers in _places(told["violations"]).items()],
    }  # fmt: skip


def _places(violations: Sequence[Mapping[str, Any]]) -> dict[tuple[float, float], list[int]]:
    """Where items break rules → the numbers of those violations in the list: one item may break several."""
    found: dict[tuple[float, float], list[int]] = {}
    for number, one in enumerate(violations, 1):
        if one["at"]:
            found.setdefault((one["at"][0], one["at"][1]), []).append(number)
    return found


def words(numbers: Sequence[int]) -> str:
    """Rising numbers as one mark: 1–3 where they follow one another, 1+ where more than two stand apart, else 1·4."""
    if len(numbers) == 1:
        return str(numbers[0])
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    return "·".join(map(str, numbers)) if len(numbers) == 2 else f"{numbers[0]}+"
