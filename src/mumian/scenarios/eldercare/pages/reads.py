"""What the pages read, within the gate's scope: core's answers brought into the shapes that the views draw."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mumian.core.act import pages as deliveries
from mumian.core.act import tasks as care_tasks
from mumian.core.decide import acts, alarms
from mumian.core.identity import access, accounts, gate, scoping
from mumian.core.kernel.authorised import Authorised, Scope
from mumian.core.kernel.clock import DAY_US, SECOND_US, parse
from mumian.core.kernel.errors import NotFound
from mumian.core.kernel.ids import PersonId, PlaceId, StaffId
from mumian.core.observe import exposure, silence
from mumian.core.observe import quarantine as refused
from mumian.core.registry import Snapshot, snapshot
from mumian.core.scenario import Visit
from mumian.core.store import Store, objects, telemetry
from mumian.scenarios.eldercare.pages import model, signal, why

SHIFT_ALARMS = 200  # newest alarms looked at for the shift's counts and time line
Gate = Authorised[Scope]


def scope(visit: Visit) -> Gate:
    """What this visitor may read now."""
    return gate.scope(visit.store, visit.principal)


def may(visit: Visit, action: str) -> bool:
    """Whether her role carries the action: decides what a page offers, never what it does."""
    return gate.permitted(visit.principal.role, action)


# ---- the register ----------------------------------------------------------------------------------------------------


def home(store: Store, authorised: Gate, now_us: int) -> model.Home:
    """The register within the reader's floors, with each resident's band as it was last heard."""
    register = snapshot(store)
    heard = silence.heard(store)
    residents = [_resident(register, p.id, heard, now_us) for p in scoping.residents(register, authorised)]
    return _home(register, authorised, residents, now_us)


def around(store: Store, authorised: Gate, person: str, now_us: int) -> model.Home:
    """As `home`, with her as its only resident. Raises NotFound for one who does not live on the reader's floors."""
    register = snapshot(store)
    found = scoping.resident(register, authorised, person)
    heard = silence.heard(store, register.devices_of(found.id, now_us))
    return _home(register, authorised, [_resident(register, found.id, heard, now_us)], now_us)


def _home(
    register: Snapshot, authorised: Gate, residents: Sequence[model.Resident], now_us: int
) -> model.Home:
    spots = [model.Spot(p.id, p.kind, p.name, p.parent) for p in register.places.values()]
    floors = authorised.value.floors
    if floors is not None:
        spots = [s for s in spots if s.kind == "building" or register.floor(PlaceId(s.id)) in floors]
    staff = [_worker(s) for s in register.staff.values() if s.left_us is None]
    duties = [
        model.Duty(t.staff, t.from_us, t.until_us)
        for s in staff for t in register.shifts(StaffId(s.id))
        if t.from_us - DAY_US < now_us < t.until_us + DAY_US
    ]  # fmt: skip
    return model.Home(register.site.name if register.site else "", spots, residents, staff, duties)


def _worker(s: Any) -> model.Worker:
    return model.Worker(s.id, s.name, s.role, tuple(s.floors), s.left_us)


def _resident(
    register: Snapshot, person: PersonId, heard: Mapping[str, tuple[Any, ...]], now_us: int
) -> model.Resident:
    p = register.people[person]
    room, floor = register.room(p.bed), register.floor(p.bed)
    worn = [d for d in register.devices_of(person, now_us) if register.is_worn(d)]
    worn.sort(key=lambda d: ("band", "watch", "button").index(register.devices[d].kind))
    return model.Resident(
        p.id, p.name, p.born, p.care_level, p.bed, register.place_name(p.bed), room, register.place_name(room), floor,
        register.place_name(floor), p.admitted_us, p.departed_us, _band(register, worn[0], heard) if worn else None,
    )  # fmt: skip


def _band(register: Snapshot, device: Any, heard: Mapping[str, tuple[Any, ...]]) -> model.Band:
    d = register.devices[device]
    seen, worn, battery, blind, event = heard.get(d.id, (None, None, None, None, None))
    return model.Band(
        d.id, d.kind, d.origin, d.expected_interval_s, seen if event else None, worn, battery, blind
    )


def resident(store: Store, authorised: Gate, person: str, now_us: int) -> model.Resident:
    """One who lives here on one's floors, or NotFound."""
    return around(store, authorised, person, now_us).people[person]


@dataclass(frozen=True, slots=True)
class ConsentSpan:
    """One consent of a person."""

    purpose: str
    from_us: int
    until_us: int | None


def consents(store: Store, person: str) -> list[ConsentSpan]:
    """Every consent a person ever gave, oldest first."""
    return [
        ConsentSpan(c.purpose, c.from_us, c.until_us) for c in snapshot(store).consents_of(PersonId(person))
    ]


def readable(authorised: Gate, person: str) -> bool:
    """Whether this reader may see her measurements now."""
    return person in authorised.value.people


def free_devices(store: Store, now_us: int) -> list[tuple[str, str]]:
    """Bands, watches and buttons in use that nobody wears now: (id, kind)."""
    register = snapshot(store)
    return [
        (d.id, d.kind) for d in sorted(register.devices.values(), key=lambda d: d.id)
        if d.retired_us is None and register.is_worn(d.id) and register.wearer(d.id, now_us) is None
    ]  # fmt: skip


def open_alarms(store: Store, authorised: Gate) -> list[dict[str, Any]]:
    """Open alarms within the scope, without their pages."""
    return alarms.read(store, authorised, "open")


# ---- alarms ------------------------------------------------------------------------------------------------------------


def shift_alarms(store: Store, authorised: Gate, now_us: int) -> list[dict[str, Any]]:
    """Open alarms and the newest others of the last day, with their pages."""
    opened = alarms.read(store, authorised, "open")
    recent = alarms.read(store, authorised, "all", SHIFT_ALARMS)
    since = now_us - DAY_US
    known = {a["id"] for a in opened}
    others = [a for a in recent if a["id"] not in known and parse(a["raised_at"]) >= since]
    return deliveries.with_pages(store, opened + others)


def of_person(store: Store, authorised: Gate, person: str) -> list[dict[str, Any]]:
    """A resident's alarms, newest first, with pages."""
    return deliveries.with_pages(store, alarms.of_person(store, authorised, person))


def signals(store: Store, authorised: Gate, alarm: Mapping[str, Any]) -> tuple[signal.Points, signal.Points]:
    """Acceleration and heart rate around an alarm's event, as far as the scope lets and the store still holds them."""
    device = alarm.get("device")
    if not device or device not in authorised.value.windows:
        return [], []
    from_us, until_us = why.window_us(alarm)
    try:
        waves = telemetry.waves(store, authorised, device, "accel", from_us + 50 * SECOND_US, until_us)
        heart = _points(store, authorised, device, "heart_rate_bpm", from_us, until_us)
    except NotFound:
        return [], []
    points: list[tuple[int, float]] = []
    for wave in waves:
        points += _magnitudes(wave.event_us, wave.rate_hz, wave.samples[:, :3])
    if not points and alarm.get("person") in authorised.value.people:
        points = _kept(store, authorised, alarm)
    return sorted(points), heart


def _magnitudes(event_us: int, rate_hz: float, samples: Any) -> list[tuple[int, float]]:
    size = np.sqrt((np.asarray(samples, np.float64) ** 2).sum(axis=1))
    return [(round(event_us + i * 1e6 / rate_hz), float(v)) for i, v in enumerate(size)]


def _kept(store: Store, authorised: Gate, alarm: Mapping[str, Any]) -> list[tuple[int, float]]:
    """The window that was kept as evidence, once retention has dropped its segment."""
    digest = (alarm.get("evidence") or {}).get("wave")
    if not digest:
        return []
    kept = json.loads(objects.get(store, str(digest)))
    note_access(store, authorised, "evidence", str(alarm["person"]))
    return [
        p
        for b in kept["batches"]
        for p in _magnitudes(b["event_us"], b["rate_hz"], [s[:3] for s in b["samples"]])
    ]


def _points(
    store: Store, authorised: Gate, device: str, quantity: str, from_us: int, until_us: int
) -> signal.Points:
    found = telemetry.points_of(store, authorised, [device], [quantity], from_us, until_us)
    return next(iter(found.values()), [])


def called(store: Store, staff: str) -> list[str]:
    """Open alarms this person has been called to, newest first."""
    return deliveries.called(store, staff) if staff else []


def tasks(store: Store, staff: str) -> list[dict[str, Any]]:
    """Undone tasks of this person and of nobody."""
    return care_tasks.open_tasks(store, staff or None)


def task_done(visit: Visit, task: str) -> None:
    """Mark a care task as done."""
    care_tasks.done(visit.store, visit.principal, task)


def decline(visit: Visit, alarm: str) -> None:
    """The one who was called cannot go: the next step is due now. An alarm that is no longer new stays as it is."""
    alarms.one(visit.store, scope(visit), alarm)
    acts.decline(visit.store, alarm)


def report_fall(visit: Visit, person: str, event_us: int, note: str, key: str) -> dict[str, Any]:
    """A person reports a fall that no device saw."""
    seconds = visit.live.settings.ladder_s if visit.live else (15.0, 60.0, 120.0)
    body = {"person": person, "kind": "fall", "time": event_us // 1000, "note": note or None}
    return acts.report(visit.store, visit.principal, scope(visit), body, seconds, key or None)


def alarms_since(store: Store, authorised: Gate, from_us: int, until_us: int) -> list[dict[str, Any]]:
    """Alarms raised in [from_us, until_us) with the time of their first acknowledgement: what the burden page counts."""
    return alarms.since(store, authorised, from_us, until_us)


def exposure_s(store: Store, authorised: Gate, from_us: int, until_us: int) -> dict[str, float]:
    """Origin → seconds of data of residents within the scope: the denominator of a resident-day."""
    return exposure.by_origin(store, authorised, from_us, until_us)


# ---- measurements --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest value of a quantity of somebody's device."""

    device: str
    quantity: str
    unit: str
    value: float
    event_us: int
    received_us: int
    expected_s: int


def readings(store: Store, authorised: Gate, person: str, now_us: int) -> list[Reading]:
    """The newest values of all she wears now."""
    register = snapshot(store)
    worn = [d for d in register.devices_of(PersonId(person), now_us) if d in authorised.value.windows]
    if not worn:
        return []
    return [
        Reading(new.series.device, new.series.quantity, new.series.unit, new.value, new.event_us, new.received_us,
                register.devices[new.series.device].expected_interval_s)
        for new in telemetry.latest(store, authorised, worn)
    ]  # fmt: skip


def day_series(
    store: Store, authorised: Gate, person: str, quantities: Sequence[str], now_us: int
) -> dict[str, signal.Points]:
    """The last 24 h of some quantities of all she wears now; never thinned."""
    register = snapshot(store)
    worn = [d for d in register.devices_of(PersonId(person), now_us) if d in authorised.value.windows]
    out: dict[str, signal.Points] = {}
    if worn:
        for s, found in telemetry.points_of(
            store, authorised, worn, quantities, now_us - DAY_US, now_us + 1
        ).items():
            out[s.quantity] = sorted([*out.get(s.quantity, []), *found])
    return out


def accesses(store: Store, person: str, limit: int = 30) -> list[access.Access]:
    """Who read her data lately, newest first."""
    return access.of(store, PersonId(person), limit)


def note_access(store: Store, authorised: Gate, action: str, person: str) -> None:
    """Write into the access log that the card was looked at."""
    with store.tx() as cur:
        access.note(cur, authorised, action, person)


# ---- devices, staff --------------------------------------------------------------------------------------------------------


def devices(store: Store, authorised: Gate) -> list[dict[str, Any]]:
    """Devices in use with their state, within the reader's floors, with the names of wearer and place."""
    register = snapshot(store)
    now_us = store.clock.now_us()
    allowed = {d.id for d in scoping.devices(register, authorised, now_us)}
    found = [d for d in silence.devices(store) if d["id"] in allowed]
    named = authorised.value.people
    for d in found:
        d["in_use"] = d["person"] is not None
        if d["person"] not in named:
            d["person"] = (
                None if not named else d["person"]
            )  # who reads nobody's data is not told who wears it
        person = register.person(d["person"]) if d["person"] else None
        d["wearer"] = person.name if person else ""
        d["room"] = register.room_name(person.id) if person else register.place_name(d["place"])
    return found


def quarantine_counts(store: Store, limit: int = 200) -> list[dict[str, Any]]:
    """What was refused lately, newest first."""
    return refused.read(store, limit)


def staff_accounts(store: Store) -> dict[str, str]:
    """Staff id → user name of her account."""
    with store.tx() as cur:
        return {str(a.staff): a.user_name for a in accounts.every(cur) if a.staff and a.disabled_us is None}


def week(
    store: Store, from_us: int, until_us: int
) -> tuple[list[model.Worker], list[model.Duty], list[model.Spot]]:
    """All staff, the shifts that touch [from_us, until_us), and the floors."""
    register = snapshot(store)
    staff = [_worker(s) for s in register.staff.values() if s.left_us is None]
    duties = [
        model.Duty(t.staff, t.from_us, t.until_us)
        for s in staff for t in register.shifts(StaffId(s.id))
        if t.from_us < until_us and t.until_us > from_us
    ]  # fmt: skip
    floors = [
        model.Spot(p.id, p.kind, p.name, p.parent) for p in register.places.values() if p.kind == "floor"
    ]
    return staff, duties, sorted(floors, key=model.order)


def places(store: Store) -> list[model.Spot]:
    """All places: for choosing where a device hangs."""
    return [model.Spot(p.id, p.kind, p.name, p.parent) for p in snapshot(store).places.values()]
