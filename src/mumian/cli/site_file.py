"""`site load` and `device add`: the registry changes, then the running broker learns the new passwords."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ids import DeviceId, PersonId, PlaceId

if TYPE_CHECKING:
    from mumian.core.registry.snapshot import Snapshot
    from mumian.core.store import Store


def load(store: Store, file: Path, dry_run: bool) -> tuple[dict[str, object], list[str]]:
    """(what stdout gets, what stderr gets)."""
    from mumian.core.registry.site import loading

    try:
        text = file.read_bytes()
    except OSError as error:
        raise BadInput(detail=f"{file}: {error.strerror}; name a SITE.json") from None
    changes = loading.load(store, loading.read(text), dry_run)
    if not dry_run and changes.credentials:
        _tell_broker(store)
    counts = Counter(f"{change.section} {change.change}" for change in changes.changed)
    kinds = "; ".join(f"{what}: {n}" for what, n in counts.items())
    said = f"{len(changes.changed)} changed, {changes.unchanged} unchanged" + (f" ({kinds})" if kinds else "")
    return changes.as_json(), [said + (" – dry run, nothing was written" if dry_run else "")]


def add_device(
    store: Store, kind: str, device: str, person: str | None, place: str | None, origin: str
) -> tuple[dict[str, Any], str | None]:
    """Register a device: (its credential, told once; a word of warning where the person wears such a device already)."""
    from mumian.core import registry

    with store.tx() as cur:
        also = (
            _worn_too(registry.snapshot_in(cur, store), kind, person, store.clock.now_us()) if person else []
        )
        made = registry.add_device(
            cur, kind, DeviceId(device), at_us=store.clock.now_us(), by="command line", origin=origin,
            place=PlaceId(place) if place else None, person=PersonId(person) if person else None,
        )  # fmt: skip
    _tell_broker(store)
    return made.as_json(), (
        f"{person} already wears {', '.join(also)} and now wears both: end the old one on the devices page if it was replaced"
        if also
        else None
    )


def _worn_too(register: Snapshot, kind: str, person: str, now_us: int) -> list[str]:
    return [d for d in register.devices_of(PersonId(person), now_us) if register.devices[d].kind == kind]


def _tell_broker(store: Store) -> None:
    from mumian.core.observe.broker import sync_passwords

    sync_passwords(store.home, store)
