"""`verify`: everything that can be checked of a home: segments, objects and ledger (store), signed heads, signed figures.

It reads every byte again, mends nothing and stops at nothing: all faults are told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mumian.core import store as stores
from mumian.core.kernel import keys
from mumian.core.kernel.errors import MumianError
from mumian.core.prove import figures, heads, leaves, rows, segments
from mumian.core.store import ledger

if TYPE_CHECKING:
    from mumian.core.prove.rows import Filed
    from mumian.core.store import Store
    from mumian.core.store.catalogue import Segment
    from mumian.core.store.inspection import Report


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold. `what` is "figure" or "head", `name` which one."""

    what: str
    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found. `sealed` is store's own report; `figures` and `heads` count what was looked at."""

    sealed: Report
    figures: int
    heads: int
    faults: tuple[Fault, ...]

    @property
    def whole(self) -> bool:
        """Nothing at all is wrong."""
        return self.sealed.whole and not self.faults


def as_json(found: Verified) -> dict[str, Any]:
    """For `mumian verify --json`: {"whole", "checked", "faults": [{"file", "what", "offset"}], "digests", …}.

    offset   where the first damaged 64 KiB block of the file begins; null where no block is meant
    digests  path of each segment → its SHA-256 as catalogued
    """
    sealed = found.sealed
    damaged = [{"file": d.path, "what": d.reason, "offset": d.offset} for d in sealed.damages]
    unsound = [
        {"file": f"{f.what} {f.name}", "what": f.en, "what_zh": f.zh, "offset": None} for f in found.faults
    ]
    return {
        "whole": found.whole, "checked": sealed.segments + sealed.objects, "segments": sealed.segments,
        "objects": sealed.objects, "bytes": sealed.bytes, "leaves": sealed.leaves, "root": sealed.root,
        "figures": found.figures, "heads": found.heads, "faults": [*damaged, *unsound], "digests": sealed.digests,
    }  # fmt: skip


def verify(store: Store) -> Verified:
    """Check the whole home."""
    segments.forget()
    filed, signed = rows.every(store), heads.every(store)
    faults = (*_figure_faults(store, filed), *_head_faults(store, signed))
    return Verified(stores.verify(store), len(filed), len(signed), faults)


def _figure_faults(store: Store, filed: list[Filed]) -> Iterator[Fault]:
    known = segments.known(store)
    hashes = leaves.of_kind(store, "figure")
    for each in filed:
        reason = _why_void(store, each, known, hashes)
        if reason:
            yield Fault("figure", f"{each.indicator} ({each.origin}) {each.id}", *reason)
    stored = {each.id for each in filed}
    for name in hashes.keys() - stored:
        yield Fault(
            "figure", name, "账本里有它，但信封不见了", "the ledger lists it, but its envelope is gone"
        )


def _why_void(
    store: Store, each: Filed, known: Mapping[str, Segment], hashes: Mapping[str, bytes]
) -> tuple[str, str] | None:
    try:
        held = figures.hold(store, each)
    except MumianError as error:
        return error.say("zh"), error.say("en")
    if hashes.get(each.id) != ledger.leaf_hash(figures.digest(each.envelope)):
        return "账本里的叶子与信封不符", "its leaf in the ledger is not that of the envelope"
    # Damaged files are store's to tell, and what retention dropped is no fault: the board says "source expired".
    strange = next((d for d in held.digests if d not in known), None)
    return segments.fault(store, strange, known) if strange else None


def _head_faults(store: Store, signed: list[dict[str, Any]]) -> Iterator[Fault]:
    key = keys.public(store.home)
    size, _ = ledger.head(store)
    for head in signed:
        name = f"size {head['size']}"
        if key is None or not heads.holds(head, key):
            yield Fault("head", name, "签名不符", "its signature does not hold")
        elif head["size"] > size or ledger.head_at(store, head["size"]) != head["root"]:
            yield Fault("head", name, "账本在此之后被改动", "the ledger was changed after it was signed")
