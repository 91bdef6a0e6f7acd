"""Devices: what each last said, since when it is blind, what was refused from it and why; adding and retiring one.

A new device's password is shown once, on the answer to the form that made it, and never again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core import registry
from mumian.core.kernel.clock import parse
from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ids import DeviceId, PersonId, PlaceId
from mumian.core.scenario import Redirect, Visit
from mumian.scenarios.eldercare.pages import admission, reads
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.model import Spot, order
from mumian.scenarios.eldercare.pages.words import DEVICES, ORIGINS, Words

PAGE = 100
LOW_PERCENT = 15
REASONS = {
    "malformed": "格式不对", "not_a_number": "不是数", "out_of_range": "超出可能范围", "clock": "设备时钟不对",
    "unknown_device": "没有登记", "rate": "发得太快", "foreign_topic": "用了别人的主题", "duplicate": "重复",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One device of the list."""

    id: str
    kind: str
    origin: str
    who: str
    person: str | None
    battery: str
    low: bool
    seen: str
    blind: str
    worn: str
    refused: int
    in_use: bool


def view(visit: Visit) -> Mapping[str, object]:
    """GET /eldercare/devices?q=&show=&page=."""
    scope = reads.scope(visit)
    w, now_us = language.of(visit.lang), visit.clock.now_us()
    may_write = reads.may(visit, "device.write")
    shown = context(
        reads.devices(visit.store, scope), reads.quarantine_counts(visit.store) if reads.may(visit, "quarantine.read") else None,
        visit.query, now_us, w,
    )  # fmt: skip
    spots = [s for s in reads.places(visit.store) if s.kind in ("room", "zone", "bed")] if may_write else []
    home = reads.home(visit.store, scope, now_us) if may_write else None
    people = [(r.id, f"{r.room_name} {r.name}") for r in home.residents if r.band is None] if home else []
    return (
        shown
        | {"may_write": may_write, "may_move": reads.may(visit, "admission.write")}
        | choices(spots, people, w)
    )


def choices(spots: Sequence[Spot], people: Sequence[tuple[str, str]], w: Words) -> dict[str, object]:
    """What the form to add one offers."""
    return {
        "kinds": [(k, w(v)) for k, v in DEVICES.items()], "origins": [(o, w(v)) for o, v in ORIGINS.items()],
        "spots": [("", w("不挂在哪里（戴在人身上）")), *((s.id, s.name) for s in sorted(spots, key=order))],
        "people": [("", w("先不给谁")), *sorted(people, key=lambda p: p[1])],
    }  # fmt: skip


def context(devices: Sequence[Mapping[str, Any]], quarantine: Sequence[Mapping[str, Any]] | None, query: Mapping[str, str],
            now_us: int, w: Words) -> dict[str, object]:  # fmt: skip
    """The lines of one page, the tabs and the refused messages."""
    counts: dict[str, int] = {}
    for q in quarantine or []:
        counts[q["device"]] = counts.get(q["device"], 0) + q["count"]
    lines = [_line(d, counts, now_us, w) for d in devices]
    wanted, show = query.get("q", "").strip().lower(), query.get("show", "")
    matching = [x for x in lines if _shown(x, show) and wanted in f"{x.id} {x.kind} {x.who}".lower()]
    pages = max(1, -(-len(matching) // PAGE))
    page = min(pages, max(1, int(query["page"]) if query.get("page", "").isdecimal() else 1))
    return {
        "lines": matching[(page - 1) * PAGE : page * PAGE], "n": len(matching), "total": len(lines), "q": query.get("q", ""),
        "show": show, "page": page, "pages": pages,
        "tabs": [
            ("", w("全部"), len(lines)), ("blind", w("看不见"), sum(bool(x.blind) for x in lines)),
            ("low", w("电量低"), sum(x.low for x in lines)), ("free", w("没人戴"), sum(_free(x) for x in lines)),
            ("refused", w("有拒收"), sum(x.refused > 0 for x in lines)),
        ],
        "quarantine": None if quarantine is None else [_refused(q, now_us, w) for q in quarantine[:60]],
        "refused_n": sum(q["count"] for q in quarantine or []),
    }  # fmt: skip


def _free(x: Line) -> bool:
    return not x.in_use


def _shown(x: Line, show: str) -> bool:
    return {"blind": bool(x.blind), "low": x.low, "free": _free(x), "refused": x.refused > 0}.get(show, True)


def _line(d: Mapping[str, Any], refused: Mapping[str, int], now_us: int, w: Words) -> Line:
    battery = d["battery_percent"]
    blind = parse(d["blind_since"]) if d["blind_since"] else None
    seen = w.when(parse(d["last_seen"]), now_us) if d["last_seen"] else w("从未")
    said = (
        (w("自 {t} 看不见", t=w.when(blind, now_us)) if d["last_seen"] else w("还没有来过数据"))
        if blind is not None
        else ""
    )
    who = " ".join(x for x in (d.get("room"), d.get("wearer")) if x)
    worn = {True: w("戴着"), False: w("没戴")}.get(d["worn"], "") if d["kind"] in ("band", "watch") else ""
    return Line(
        d["id"], w(DEVICES.get(d["kind"], d["kind"])), d["origin"], who, d["person"],
        f"{battery:.0f} %" if battery is not None else "", battery is not None and battery < LOW_PERCENT, seen, said, worn,
        refused.get(d["id"], 0), bool(d.get("in_use", who)),
    )  # fmt: skip


def _refused(q: Mapping[str, Any], now_us: int, w: Words) -> dict[str, object]:
    return {
        "device": q["device"], "reason": w(REASONS.get(q["reason"], q["reason"])), "message": q["message"],
        "when": w.when(parse(q["received_at"]), now_us), "count": q["count"],
    }  # fmt: skip


def add(visit: Visit) -> Mapping[str, object]:
    """POST /eldercare/devices: a new device; the answer shows its credentials, once."""
    w = language.of(visit.lang)
    device = visit.field("id")
    if not device:
        raise BadInput(detail=w("编号没填：写设备上印的编号"))
    with visit.store.tx() as cur:
        made = registry.add_device(
            cur, visit.field("kind") or "band", DeviceId(device), at_us=visit.clock.now_us(), by=admission.by(visit),
            origin=visit.field("origin") or "field", place=PlaceId(visit.field("place")) if visit.field("place") else None,
            person=PersonId(visit.field("person")) if visit.field("person") else None,
        )  # fmt: skip
    return {"credential": made, "credential_said": w("{device} 已登记", device=device)}


def renew(visit: Visit) -> Mapping[str, object]:
    """POST /eldercare/devices/{id}/password: the old password stops working; the new one is shown once."""
    w = language.of(visit.lang)
    device = DeviceId(visit.params["id"])
    with visit.store.tx() as cur:
        made = registry.renew_password(cur, device, at_us=visit.clock.now_us(), by=admission.by(visit))
    return {"credential": made, "credential_said": w("{device} 换了新密码，旧的已失效", device=device)}


def retire(visit: Visit) -> Redirect:
    """POST /eldercare/devices/{id}/retire: out of use for good."""
    w = language.of(visit.lang)
    device = DeviceId(visit.params["id"])
    if visit.field("sure") != "yes":
        raise BadInput(detail=w("没有停用：先勾上“确认停用”。停用后编号不能再用"))
    with visit.store.tx() as cur:
        registry.retire_device(cur, device, at_us=visit.clock.now_us(), by=admission.by(visit))
    return Redirect("/eldercare/devices", w("{device} 已停用", device=device))
