"""The register in memory, for the pipeline and for scopes: thousands of look-ups in a millisecond.

`snapshot(store)` costs one small query while nothing has changed; a change is seen by the very next call.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

from mumian.core.kernel.authorised import ALWAYS, Interval
from mumian.core.kernel.ids import DeviceId, PersonId, PlaceId, StaffId
from mumian.core.registry import consents as rule
from mumian.core.registry import rows
from mumian.core.registry.intervals import holds
from mumian.core.registry.model import (
    ORIGINS,
    WORN_KINDS,
    Assignment,
    Consent,
    Device,
    Person,
    Place,
    Register,
    Shift,
    Site,
    Staff,
)

if TYPE_CHECKING:
    from mumian.core.store import Cursor, Store

T = TypeVar("T", Consent, Assignment, Shift)
K = TypeVar("K", bound=Hashable)


class Snapshot:
    """One state of the whole register. Immutable: take a new one to see a change."""

    def __init__(self, register: Register, revision: int = 0) -> None:
        self.revision = revision
        self.site: Site | None = register.site
        self.places: Mapping[PlaceId, Place] = register.places
        self.people: Mapping[PersonId, Person] = register.people
        self.staff: Mapping[StaffId, Staff] = register.staff
        self.devices: Mapping[DeviceId, Device] = register.devices
        self._consents = _grouped(register.consents.values(), lambda c: c.person)
        self._worn = _grouped(
            (a for a in register.assignments.values() if a.from_us != a.until_us), lambda a: a.device
        )
        self._starts = {device: [a.from_us for a in worn] for device, worn in self._worn.items()}
        self._held = _grouped(register.assignments.values(), lambda a: a.person)
        self._shifts = _grouped(register.shifts.values(), lambda t: t.staff)
        spans: list[Consent | Assignment] = [*register.consents.values(), *register.assignments.values()]
        edges = {edge for span in spans for edge in (span.from_us, span.until_us) if edge is not None}
        edges.update(p.departed_us for p in register.people.values() if p.departed_us is not None)
        self._edges = sorted(edges)
        self._floors = {place: self._up(place, "floor") for place in register.places}
        self._rooms = {place: self._up(place, "room") for place in register.places}
        self._bedrooms = {self._rooms[p.id] or p.id for p in register.places.values() if p.kind == "bed"}
        self._residents: dict[PlaceId, list[PersonId]] = {}
        for person in register.people.values():
            if person.departed_us is None and person.bed is not None:
                room = self._rooms.get(person.bed) or person.bed
                self._residents.setdefault(room, []).append(person.id)

    def _up(self, place: PlaceId, kind: str) -> PlaceId | None:
        at = self.places.get(place)
        while at is not None and at.kind != kind:
            at = self.places.get(at.parent) if at.parent else None
        return at.id if at else None

    def device(self, device: DeviceId) -> Device | None:
        """The device, retired ones too; None when unknown."""
        return self.devices.get(device)

    def person(self, person: PersonId) -> Person | None:
        """The person, departed ones too; None when unknown."""
        return self.people.get(person)

    def wearer(self, device: DeviceId, at_us: int) -> PersonId | None:
        """Who wore or held the device at the instant."""
        starts = self._starts.get(device)
        i = bisect_right(starts, at_us) - 1 if starts else -1
        if i < 0:
            return None
        worn = self._worn[device][i]
        return worn.person if worn.until_us is None or at_us < worn.until_us else None

    def assignments(self, device: DeviceId) -> Sequence[Assignment]:
        """All intervals of the device, in order."""
        return self._worn.get(device, ())

    def held(self, person: PersonId) -> Sequence[Assignment]:
        """All intervals of the person's devices, in order."""
        return self._held.get(person, ())

    def devices_of(self, person: PersonId, at_us: int) -> tuple[DeviceId, ...]:
        """What the person wore or held at the instant."""
        return tuple(a.device for a in self.held(person) if holds(a.from_us, a.until_us, at_us))

    def floor(self, place: PlaceId | None) -> PlaceId | None:
        """The floor that the place lies on (a floor lies on itself)."""
        return self._floors.get(place) if place else None

    def room(self, place: PlaceId | None) -> PlaceId | None:
        """The room that the place lies in (a room lies in itself)."""
        return self._rooms.get(place) if place else None

    def place_name(self, place: PlaceId | None) -> str:
        """What people call the place; its id when it has gone from the register."""
        if place is None:
            return ""
        found = self.places.get(place)
        return found.name if found else place

    def room_name(self, of: PersonId | PlaceId) -> str:
        """The name of the person's room, or of the room that the place lies in; the place's own outside rooms."""
        who = self.people.get(PersonId(of))
        place = who.bed if who else PlaceId(of)
        return self.place_name(self.room(place) or place)

    def origin_of(self, person: PersonId, at_us: int) -> str:
        """The weakest origin of what the person wore at the instant: what is said of them can prove no more.

        Somebody without a device is as real as the home's devices: the weakest origin among all in use.
        """
        worn = [self.devices[d].origin for d in self.devices_of(person, at_us)]
        every = worn or [d.origin for d in self.devices.values() if d.retired_us is None]
        return max(every, key=ORIGINS.index, default="field")

    def floor_of_person(self, person: PersonId) -> PlaceId | None:
        """The floor of the person's bed."""
        who = self.people.get(person)
        return self.floor(who.bed) if who else None

    def floor_of_device(self, device: DeviceId, at_us: int) -> PlaceId | None:
        """The floor of who wears it; of where it stands when nobody does."""
        person = self.wearer(device, at_us)
        if person is not None and (floor := self.floor_of_person(person)) is not None:
            return floor
        known = self.devices.get(device)
        return self.floor(known.place) if known else None

    def residents_at(self, place: PlaceId | None) -> Sequence[PersonId]:
        """Who lives there now: in the bed, or else in the room that the place lies in; nobody in a corridor."""
        found = self.places.get(place) if place else None
        if found is None:
            return ()
        lodgers = self._residents.get(self._rooms.get(found.id) or found.id, ())
        return [p for p in lodgers if self.people[p].bed == found.id] if found.kind == "bed" else lodgers

    def is_bedroom(self, place: PlaceId | None) -> bool:
        """Whether the place is a bed, or lies in a room with one: what is sensed there is about who lives there."""
        found = self.places.get(place) if place else None
        return found is not None and (self._rooms.get(found.id) or found.id) in self._bedrooms

    def steady(self, at_us: int) -> Interval:
        """The stretch around the instant in which no consent or assignment begins or ends and nobody departs.

        What was answered at the instant holds throughout, until the register itself changes.
        """
        i = bisect_right(self._edges, at_us)
        return (
            self._edges[i - 1] if i else ALWAYS[0],
            self._edges[i] if i < len(self._edges) else ALWAYS[1],
        )

    def present(self) -> list[Person]:
        """Everyone who lives here now."""
        return [p for p in self.people.values() if p.departed_us is None]

    def consents_of(self, person: PersonId) -> Sequence[Consent]:
        """Every consent ever given by the person."""
        return self._consents.get(person, ())

    def consents(self, person: PersonId, purpose: str, at_us: int) -> bool:
        """Whether the person's consent to exactly this purpose holds at the instant."""
        return rule.hold(self.consents_of(person), purpose, at_us)

    def readable(self, person: PersonId, purpose: str, at_us: int) -> bool:
        """Whether the person's data may be read or judged at the instant (care and monitoring stand together)."""
        return rule.readable(self.consents_of(person), purpose, at_us)

    def is_worn(self, device: DeviceId) -> bool:
        """Whether the device is of a kind that goes with a person."""
        known = self.devices.get(device)
        return known is not None and known.kind in WORN_KINDS

    def shifts(self, staff: StaffId) -> Sequence[Shift]:
        """All shifts of one of the staff, in order."""
        return self._shifts.get(staff, ())

    def on_shift(self, role: str, floor: PlaceId | None, at_us: int) -> list[Staff]:
        """Who of the role is on duty for the floor, those of few floors first; floor None asks for the whole home."""
        found = [
            s
            for s in self.staff.values()
            if s.role == role
            and (s.left_us is None or at_us < s.left_us)
            and serves(s, floor)
            and any(holds(t.from_us, t.until_us, at_us) for t in self.shifts(s.id))
        ]
        return sorted(found, key=lambda s: (len(s.floors) or len(self.places) + 1, s.id))


def serves(staff: Staff, floor: PlaceId | None) -> bool:
    """Whether the floor is one of hers. No floors: a caregiver serves none, every other role the whole home."""
    if floor is None or floor in staff.floors:
        return True
    return not staff.floors and staff.role != "caregiver"


def _grouped(items: Iterable[T], by: Callable[[T], K]) -> dict[K, list[T]]:
    out: dict[K, list[T]] = {}
    for item in sorted(items, key=lambda item: item.from_us):
        out.setdefault(by(item), []).append(item)
    return out


_TAKEN: WeakKeyDictionary[Store, Snapshot] = WeakKeyDictionary()
_TAKING = Lock()


def snapshot(store: Store) -> Snapshot:
    """The register as it stands at the call. The same object comes back while nothing has changed."""
    taken = _TAKEN.get(store)
    if taken is not None and store.query("select n from registry.revision") == [(taken.revision,)]:
        return taken
    with store.tx() as cur:
        return snapshot_in(cur, store)


def snapshot_in(cur: Cursor, store: Store) -> Snapshot:
    """The same inside a transaction of the caller; what it has changed so far is seen, but kept to itself."""
    cur.execute("select n, pg_current_xact_id_if_assigned() is null from registry.revision")
    revision, untouched = cur.fetchone() or (0, True)
    taken = _TAKEN.get(store)
    if taken is not None and taken.revision == revision:
        return taken
    fresh = Snapshot(rows.read(cur), revision)
    if untouched:
        with _TAKING:
            _TAKEN[store] = fresh
    return fresh
