"""The nouns of the register: what stands where, who lives and works here, who wears what from when to when.

Frozen values without I/O. An interval is [from_us, until_us); until_us None means that it is still open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from mumian.core.kernel.ids import DeviceId, PersonId, PlaceId, StaffId

PLACE_KINDS = ("building", "floor", "room", "bed", "zone")
PURPOSES = ("care", "monitoring", "research", "family")
STAFF_ROLES = ("admin", "director", "nurse", "caregiver", "auditor")
DEVICE_KINDS = ("band", "watch", "button", "motion", "door", "bed", "dock")
WORN_KINDS = frozenset({"band", "watch", "button"})
ORIGINS = ("field", "replay", "simulation")

# How often a device of this kind speaks when all is well; silence for three of these makes it blind.
EXPECTED_INTERVAL_S: Mapping[str, int] = {
    "band": 10,
    "watch": 600,
    "button": 43_200,
    "motion": 3_600,
    "door": 3_600,
    "bed": 60,
    "dock": 10,
}


@dataclass(frozen=True, slots=True)
class Site:
    """The home itself; a data folder holds exactly one."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """A building, floor, room, bed or zone; `parent` is what it lies in."""

    id: PlaceId
    kind: str
    name: str
    parent: PlaceId | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A resident. `care_level` 5 needs most. `bed` is empty once departed."""

    id: PersonId
    name: str
    born: date | None
    bed: PlaceId | None
    care_level: int
    admitted_us: int = 0
    departed_us: int | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """One person's consent to one purpose, as given and as ended."""

    person: PersonId
    purpose: str
    from_us: int
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works here. No floors: a nurse has the whole home, a caregiver nothing."""

    id: StaffId
    name: str
    role: str
    floors: tuple[PlaceId, ...] = ()
    left_us: int | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """When one of the staff is on duty."""

    staff: StaffId
    from_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Device:
    """A band, watch, button or sensor. `origin` is fixed for life: it says what its data can prove."""

    id: DeviceId
    kind: str
    place: PlaceId | None
    origin: str
    made_us: int = 0
    retired_us: int | None = None
    expected_interval_s: int = 10


@dataclass(frozen=True, slots=True)
class Assignment:
    """`person` wears or holds `device` in the interval."""

    device: DeviceId
    person: PersonId
    from_us: int
    until_us: int | None = None


Item = Place | Person | Consent | Staff | Shift | Device | Assignment


@dataclass(frozen=True, slots=True)
class Register:
    """The whole content of the register; the keys are the ones that a site file is matched by."""

    site: Site | None = None
    places: Mapping[PlaceId, Place] = field(default_factory=dict)
    people: Mapping[PersonId, Person] = field(default_factory=dict)
    consents: Mapping[tuple[PersonId, str, int], Consent] = field(default_factory=dict)
    staff: Mapping[StaffId, Staff] = field(default_factory=dict)
    shifts: Mapping[tuple[StaffId, int], Shift] = field(default_factory=dict)
    devices: Mapping[DeviceId, Device] = field(default_factory=dict)
    assignments: Mapping[tuple[DeviceId, PersonId, int], Assignment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a site file or of a form; `path` is where it stands in the file, empty for a form."""

    item: Item
    path: str = ""


@dataclass(frozen=True, slots=True)
class SiteFile:
    """What is to stand in the register. A section that is absent is left as it is."""

    site: Site | None = None
    sections: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
