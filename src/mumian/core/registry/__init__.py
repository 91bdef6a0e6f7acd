"""What there is: the site, its places, people, staff, shifts, devices, and who wears or holds what from when to when.

Every write goes through the rules of `site`, tells the journal and raises the revision. It grants nobody anything.
"""

from mumian.core.registry.admission import admit, depart, edit_person
from mumian.core.registry.bands import NotWorn, assign, release, swap_band
from mumian.core.registry.credentials import Credential
from mumian.core.registry.devices import add_device, move_device, password_file, renew_password, retire_device
from mumian.core.registry.model import (
    Assignment,
    Consent,
    Device,
    Person,
    Place,
    Shift,
    Site,
    SiteFile,
    Staff,
)
from mumian.core.registry.places import put_place
from mumian.core.registry.problems import Problem, Refused
from mumian.core.registry.rows import floor_of, wearer
from mumian.core.registry.snapshot import Snapshot, snapshot, snapshot_in
from mumian.core.registry.staffing import add_shift, add_staff, drop_shift, edit_staff, leave, on_shift

__all__ = [
    "Assignment",
    "Consent",
    "Credential",
    "Device",
    "NotWorn",
    "Person",
    "Place",
    "Problem",
    "Refused",
    "Shift",
    "Site",
    "SiteFile",
    "Snapshot",
    "Staff",
    "add_device",
    "add_shift",
    "add_staff",
    "admit",
    "assign",
    "depart",
    "drop_shift",
    "edit_person",
    "edit_staff",
    "floor_of",
    "leave",
    "move_device",
    "on_shift",
    "password_file",
    "put_place",
    "release",
    "renew_password",
    "retire_device",
    "snapshot",
    "snapshot_in",
    "swap_band",
    "wearer",
]
