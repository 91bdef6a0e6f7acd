"""Admission and all that follows it: bed, band, swap, consent, departure. Guided; keeps what was typed; undoes nothing silently.

Only the departure asks again, because it frees the bed and ends the reading of her data at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core import registry
from mumian.core.identity import consent
from mumian.core.kernel import ids
from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ids import DeviceId, PersonId
from mumian.core.scenario import Redirect, Visit
from mumian.scenarios.eldercare.pages import reads, resident
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.model import Home, Resident, Spot, order
from mumian.scenarios.eldercare.pages.words import CARE_LEVELS, DEVICES, PURPOSES, Words


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of a select."""

    code: str
    words: str


def view(visit: Visit) -> Mapping[str, object]:
    """GET /eldercare/admission, for somebody new, or ?person= for somebody who lives here."""
    scope = reads.scope(visit)
    now_us, w = visit.clock.now_us(), language.of(visit.lang)
    home = reads.home(visit.store, scope, now_us)
    person = visit.query.get("person", "")
    who = reads.resident(visit.store, scope, person, now_us) if person else None
    consents = reads.consents(visit.store, person) if who else []
    return context(home, who, reads.free_devices(visit.store, now_us), consents, now_us, w)


def context(home: Home, who: Resident | None, free: Sequence[tuple[str, str]], consents: Sequence[Any], now_us: int,
            w: Words) -> dict[str, object]:  # fmt: skip
    """Choices for the form: free beds, free bands, levels, purposes, others to swap with."""
    beds = free_beds(home)
    others = [
        r for r in home.residents if r.band and r.departed_us is None and (who is None or r.id != who.id)
    ]
    return {
        "who": who, "heading": who.name if who else w("办理入住"),
        "beds": [("", w("先选一张空床"))] + [(b.id, _bed_words(home, b)) for b in beds],
        "free_beds": len(beds), "bands": [("", w("先不戴，以后再给"))] + [(d, f"{w(DEVICES[kind])} {d}") for d, kind in free],
        "levels": [(str(n), w(text)) for n, text in CARE_LEVELS.items()],
        "purposes": [(p, w(text), w(ABOUT[p])) for p, text in PURPOSES.items()],
        "agreed": resident.agreed(consents, now_us, w),
        "others": [("", w("和谁换"))] + [(r.band.device, f"{r.room_name} {r.name} · {r.band.device}") for r in others if r.band],
        "people": [] if who else [(r.id, f"{r.room_name} {r.name}") for r in home.residents if r.departed_us is None],
        "key": ids.new("p"),
    }  # fmt: skip


ABOUT = {
    "care": "护士和护理员看体征、处理报警",
    "monitoring": "手环持续监测，自动发现跌倒和异常",
    "research": "去掉姓名后用于改进与研究",
    "family": "家属可以看老人的情况",
}


def free_beds(home: Home) -> list[Spot]:
    """Beds in which nobody lives, in the order of their names."""
    taken = {r.bed for r in home.residents if r.departed_us is None}
    return sorted((s for s in home.spots if s.kind == "bed" and s.id not in taken), key=order)


def _bed_words(home: Home, bed: Spot) -> str:
    floor, room = home.within(bed.id, "floor"), home.within(bed.id, "room")
    name = (
        bed.name
        if room and bed.name.startswith(room.name)
        else f"{room.name if room else ''} {bed.name}".strip()
    )
    return f"{floor.name} {name}" if floor else name


def admit(visit: Visit) -> Redirect:
    """POST /eldercare/admission: person, bed, care level, consents, band in one transaction."""
    w = language.of(visit.lang)
    given = {
        "id": visit.field("id") or ids.new("p"), "name": visit.field("name"), "born": visit.field("born") or None,
        "bed": visit.field("bed") or None, "care_level": _level(visit.field("care_level"), w),
    }  # fmt: skip
    if not given["name"]:
        raise BadInput(detail=w("姓名没填：写上老人的姓名"))
    if not given["bed"]:
        raise BadInput(detail=w("床位没选：选一张空床"))
    _within_floors(visit, str(given["bed"]))
    device = DeviceId(visit.field("device")) if visit.field("device") else None
    with visit.store.tx() as cur:
        person = registry.admit(
            cur,
            given,
            at_us=visit.clock.now_us(),
            by=by(visit),
            purposes=visit.form.get("purposes") or [],
            device=device,
        )
    return Redirect(f"/eldercare/residents/{person}", w("{name} 已入住", name=given["name"]))


def _level(text: str, w: Words) -> int:
    if text not in ("1", "2", "3", "4", "5"):
        raise BadInput(detail=w("护理等级没选：选一到五级"))
    return int(text)


def _within_floors(visit: Visit, bed: str) -> None:
    """A nurse admits on her own floors only; elsewhere a bed does not exist for her."""
    scope = reads.scope(visit)
    home = reads.home(visit.store, scope, visit.clock.now_us())
    if bed not in home.by_id:
        raise BadInput(detail=language.of(visit.lang)("床位 {bed} 不在您的楼层", bed=bed))


def by(visit: Visit) -> str:
    """Who changes the register."""
    return visit.principal.staff or visit.principal.actor


def edit(visit: Visit) -> Redirect:
    """POST /eldercare/admission/person: name, birthday, care level, bed."""
    w = language.of(visit.lang)
    who = _who(visit)
    changes: dict[str, Any] = {}
    if visit.field("name"):
        changes["name"] = visit.field("name")
    if visit.field("born"):
        changes["born"] = visit.field("born")
    if visit.field("care_level"):
        changes["care_level"] = _level(visit.field("care_level"), w)
    if visit.field("bed") and visit.field("bed") != who.bed:
        _within_floors(visit, visit.field("bed"))
        changes["bed"] = visit.field("bed")
    changes.setdefault("born", who.born.isoformat() if who.born else None)
    with visit.store.tx() as cur:
        registry.edit_person(cur, PersonId(who.id), at_us=visit.clock.now_us(), by=by(visit), **changes)
    return _back(who, w("改好了"))


def band(visit: Visit) -> Redirect:
    """POST /eldercare/admission/band: give a free band, or take the one she wears (do=release)."""
    w = language.of(visit.lang)
    who = _who(visit)
    now_us = visit.clock.now_us()
    if visit.field("do") == "release":
        if who.band is None:
            return _back(who, w("没有戴手环"))
        with visit.store.tx() as cur:
            registry.release(cur, DeviceId(who.band.device), at_us=now_us, by=by(visit))
        return _back(who, w("{device} 已收回，自此刻起不再算老人的数据", device=who.band.device))
    device = visit.field("device")
    if not device:
        raise BadInput(detail=w("手环没选：选一个空闲的，或先在设备页登记"))
    with visit.store.tx() as cur:
        if who.band is None:
            registry.assign(cur, DeviceId(device), PersonId(who.id), at_us=now_us, by=by(visit))
        else:
            registry.swap_band(cur, DeviceId(who.band.device), DeviceId(device), at_us=now_us, by=by(visit))
    return _back(who, w("自此刻起戴 {device}", device=device))


def swap(visit: Visit) -> Redirect:
    """POST /eldercare/admission/swap: two residents wear each other's band; from now on it is put right."""
    w = language.of(visit.lang)
    who = _who(visit)
    other = visit.field("other")
    if who.band is None or not other:
        raise BadInput(detail=w("选另一位：两人都要戴着手环"))
    with visit.store.tx() as cur:
        registry.swap_band(
            cur, DeviceId(who.band.device), DeviceId(other), at_us=visit.clock.now_us(), by=by(visit)
        )
    return _back(who, w("两人的手环已对换，自此刻起"))


def agree(visit: Visit) -> Redirect:
    """POST /eldercare/admission/consent: give or withdraw, for one purpose. A withdrawal counts at once."""
    w = language.of(visit.lang)
    who = _who(visit)
    purpose, gives = visit.field("purpose"), visit.field("do") == "give"
    change: Callable[..., None] = consent.give if gives else consent.withdraw
    with visit.store.tx() as cur:
        change(cur, PersonId(who.id), purpose, at_us=visit.clock.now_us(), by=by(visit))
    word = w(PURPOSES.get(purpose, purpose))
    return _back(
        who, w("{purpose}：已同意", purpose=word) if gives else w("{purpose}：已撤回，立即生效", purpose=word)
    )


def depart(visit: Visit) -> Redirect:
    """POST /eldercare/admission/depart: she leaves. Asked once more, since it cannot be undone by a press."""
    w = language.of(visit.lang)
    who = _who(visit)
    if visit.field("sure") != "yes":
        raise BadInput(detail=w("没有办理：先勾上“确认离院”"))
    with visit.store.tx() as cur:
        registry.depart(cur, PersonId(who.id), at_us=visit.clock.now_us(), by=by(visit))
    return Redirect(
        "/eldercare/residents", w("{name} 已离院，{bed} 空出", name=who.name, bed=who.bed_name or w("床位"))
    )


def _who(visit: Visit) -> Resident:
    return reads.resident(visit.store, reads.scope(visit), visit.field("person"), visit.clock.now_us())


def _back(who: Resident, said: str) -> Redirect:
    return Redirect(f"/eldercare/admission?person={who.id}", said)
