"""Figures of a home: computed over its sealed segments, signed, stored as envelopes, read back only while they hold.

An envelope whose signature or segments do not hold is shown as void with its reason, never as a value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from mumian.core.kernel import dsse, ids, keys
from mumian.core.kernel.clock import DAY_US
from mumian.core.kernel.errors import MumianError
from mumian.core.prove import figure, rows, segments
from mumian.core.prove.definition import Indicator, registered
from mumian.core.prove.estimate import LEVEL
from mumian.core.prove.evidence import Evidence, EvidenceView, SegmentFile
from mumian.core.prove.figure import Figure
from mumian.core.store import ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mumian.core.kernel.clock import Clock
    from mumian.core.store import Cursor, Store
    from mumian.core.store.catalogue import Segment

Reason = tuple[str, str]  # (zh, en)


def compute(
    store: Store,
    clock: Clock,
    indicators: Iterable[Indicator] | None = None,
    period: tuple[int, int] | None = None,
) -> list[Figure]:
    """Compute, sign and store the figures of `indicators` (all registered ones) over what is sealed.

    period  [from_us, until_us); by default the indicator's own number of days up to now. It ends at the newest sealed
            entry at the latest: what came after is not evidence yet.
    One figure for each origin that left entries, and always one for `field`. Nothing is stored while nothing is sealed, nor
    when the newest stored figure says the same.
    Nothing either over evidence that is damaged: what is there without it would be another figure under the same name,
    so the old ones stand, void, until the segment is restored.
    """
    made: list[Figure] = []
    known = segments.known(store)
    for (days, kinds), group in _alike(registered() if indicators is None else indicators).items():
        from_us, until_us = period or (clock.now_us() - days * DAY_US, clock.now_us() + 1)
        chosen = segments.resting_on(known.values(), kinds, from_us, until_us)
        if chosen and not any(segments.fault(store, s.sha256, known) for s in chosen):
            files = [segments.file(store, s) for s in chosen]
            made += _over(files, group, from_us, until_us, clock.now_us())
    names = {digest: segment.path for digest, segment in known.items()}
    held = _held(store)
    with store.tx() as cur:
        for each in made:
            if not _same(each, held.get((each.id, each.origin))):
                _file(cur, store, each, names)
    return made


def _held(store: Store) -> dict[tuple[str, str], Figure]:
    """The newest figures whose signature holds."""
    out = {}
    for filed in rows.newest(store):
        with suppress(MumianError):
            out[filed.indicator, filed.origin] = hold(store, filed)
    return out


def _same(made: Figure, held: Figure | None) -> bool:
    """The same figure over the same evidence by the same code, so that filing it again would say nothing."""
    return held is not None and replace(held, computed_us=made.computed_us, from_us=made.from_us) == made


def _alike(indicators: Iterable[Indicator]) -> dict[tuple[int, tuple[str, ...]], list[Indicator]]:
    """Those that rest on the same segments together, so that the files are opened once."""
    out: dict[tuple[int, tuple[str, ...]], list[Indicator]] = {}
    for each in indicators:
        out.setdefault((each.days, each.kinds), []).append(each)
    return out


def _over(
    files: list[SegmentFile], indicators: list[Indicator], from_us: int, until_us: int, now_us: int
) -> list[Figure]:
    made: list[Figure] = []
    with Evidence(files) as evidence:
        last_us = evidence.last_us()
        until_us = until_us if last_us is None else min(until_us, last_us + 1)
        for origin in sorted({"field", *evidence.origins(from_us, until_us)}):
            view = evidence.view(origin, from_us, until_us)
            made += [evaluate(each, view, evidence.digests, now_us) for each in indicators]
    return made


def evaluate(indicator: Indicator, view: EvidenceView, digests: Sequence[str], now_us: int) -> Figure:
    """The unsigned figure of one view. Pure."""
    return figure.of(
        indicator, indicator(view), origin=view.origin, period=(view.from_us, view.until_us), digests=digests,
        models=models(view), computed_us=now_us,
    )  # fmt: skip


def models(view: EvidenceView) -> list[str]:
    """Models and rules that made the findings of the view, as "name@version" or "name@version#sha256"."""
    found = view.sql(
        "select distinct body->>'$.model' from events where coalesce(body->>'$.model', '') <> ''"
    )
    return sorted(str(model) for (model,) in found)


def digest(envelope: Mapping[str, Any]) -> bytes:
    """What the ledger remembers of a figure: SHA-256 of its payload as it is signed."""
    return hashlib.sha256(str(envelope["payload"]).encode()).digest()


def _file(cur: Cursor, store: Store, made: Figure, names: Mapping[str, str]) -> None:
    envelope = figure.seal(made, names, keys.private(store.home))
    name = ids.new("F")
    leaf = ledger.append(cur, "figure", name, digest(envelope))
    rows.add(cur, rows.Filed(name, made.id, made.origin, made.computed_us, leaf, envelope))


def current(store: Store, scenario: str | None = None) -> list[dict[str, Any]]:
    """One row for each indicator and origin, as `mumian indicators --json` prints it, in order of id and origin.

    An indicator without a figure has one row of origin `field` with value null. A figure that does not hold has verdict
    `void`, no value and no bounds, and `void` says why.
    """
    known = segments.known(store)
    fault = cache(lambda digest: segments.fault(store, digest, known))
    wanted = {i.id: i for i in registered(scenario)}
    found = [f for f in rows.newest(store) if scenario is None or f.indicator.split(".")[0] == scenario]
    given = [_row(store, filed, fault, wanted.get(filed.indicator)) for filed in found]
    absent = [each for each in wanted.values() if each.id not in {f.indicator for f in found}]
    return sorted(
        [*given, *(_absent(each, known, fault) for each in absent)], key=lambda r: (r["id"], r["origin"])
    )


def _row(
    store: Store, filed: rows.Filed, fault: Callable[[str], Reason | None], definition: Indicator | None
) -> dict[str, Any]:
    try:
        held = hold(store, filed)
    except MumianError as error:
        blank = _blank(definition) if definition else dict.fromkeys(figure.Figure.__dataclass_fields__)
        given = {"id": filed.indicator, "origin": filed.origin, "figure": filed.id}
        return _void({**blank, **given}, (error.say("zh"), error.say("en")))
    row = {**held.as_json(), "void": None, "figure": filed.id}
    reason = next(filter(None, map(fault, held.digests)), None)
    return _void(row, reason) if reason else row


def _absent(
    definition: Indicator, known: Mapping[str, Segment], fault: Callable[[str], Reason | None]
) -> dict[str, Any]:
    """An indicator without a figure: nothing is sealed yet, or what is sealed is damaged."""
    resting = (s.sha256 for s in known.values() if s.kind in definition.kinds and s.dropped_us is None)
    reason = next(filter(None, map(fault, resting)), None)
    return _void(_blank(definition), reason) if reason else _blank(definition)


def _void(row: Mapping[str, Any], reason: Reason) -> dict[str, Any]:
    empty = dict.fromkeys(("value", "n", "k", "lower", "upper", "needed"))
    return {**row, **empty, "verdict": "void", "void": {"zh": reason[0], "en": reason[1]}}


def hold(store: Store, filed: rows.Filed) -> Figure:
    """The figure of a stored envelope. Raises SignatureInvalid or BadInput unless it is what this home signed."""
    key = keys.public(store.home)
    if key is None:
        raise dsse.SignatureInvalid(detail="this home has no key; restore keys/figures.pub.pem")
    held = figure.unseal(filed.envelope, key)
    if (held.id, held.origin) != (filed.indicator, filed.origin) or held.computed_us != filed.computed_us:
        raise dsse.SignatureInvalid(
            detail=f"the envelope of {held.id} ({held.origin}) stands in another's place"
        )
    return held


def _blank(definition: Indicator) -> dict[str, Any]:
    given = {
        "id": definition.id, "clause": definition.clause, "version": definition.version, "unit": definition.unit,
        "title": dict(definition.title), "goal": str(definition.goal), "origin": "field", "verdict": "insufficient",
        "n": 0, "level": LEVEL, "digests": [], "models": [], "code": definition.code_digest,
        "note": "nothing is sealed yet",
    }  # fmt: skip
    empty = ("value", "k", "lower", "upper", "method", "needed", "period", "computed_at", "void", "figure")
    return {**dict.fromkeys(empty), **given}
