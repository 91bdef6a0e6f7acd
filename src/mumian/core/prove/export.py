"""A figure as a file that stands by itself, and its recomputation from the sealed segments alone.

Recomputing asks no database: the segments are found by their digests under `home/segments`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core.kernel import keys
from mumian.core.kernel.errors import BadInput, MumianError, NotFound
from mumian.core.prove import definition, evidence, figure, figures, heads, rows, segments
from mumian.core.prove.figure import Figure
from mumian.core.store import ledger

if TYPE_CHECKING:
    from mumian.core.store import Store
    from mumian.core.store.catalogue import Segment


class FigureDiffers(MumianError, ValueError):
    """The sealed segments give other digits than the file claims."""

    code, status = "figure_differs", 409
    zh = "{id}（{origin}）的 {field} 重算为 {found}，文件里是 {claimed}"
    en = "{id} ({origin}): {field} recomputes to {found}, the file says {claimed}"


def document(store: Store, id: str) -> dict[str, Any]:
    """A stored figure with everything a stranger needs but the segments: envelope, key, proofs against a signed head.

    Raises NotFound, SignatureInvalid.
    """
    filed = rows.one(store, id)
    if filed is None:
        raise NotFound(what="figure", id=id)
    held = figures.hold(store, filed)
    known = segments.known(store)
    head = _head(store, max([filed.leaf, *(known[d].leaf for d in held.digests if d in known)]))
    key = keys.public(store.home)
    return {
        "figure": held.as_json(),
        "envelope": dict(filed.envelope),
        "public_key": keys.pem(key) if key else None,
        "head": head,
        "inclusion": _inclusion(store, filed.leaf, int(head["size"])),
        "segments": [_segment(store, known[d], int(head["size"])) for d in held.digests if d in known],
    }


def _head(store: Store, leaf: int) -> dict[str, Any]:
    """The newest signed head if it holds this leaf; one of now where what is exported came after it."""
    newest = heads.newest(store)
    return newest if newest is not None and int(newest["size"]) > leaf else heads.sign(store)


def _segment(store: Store, segment: Segment, size: int) -> dict[str, Any]:
    return {
        "sha256": segment.sha256, "path": segment.path, "inclusion": _inclusion(store, segment.leaf, size),
    }  # fmt: skip


def _inclusion(store: Store, leaf: int, size: int) -> dict[str, Any]:
    return {"leaf": leaf, "size": size, "path": ledger.inclusion(store, leaf, size)}


def recompute(file: Path, home: Path) -> Figure:
    """Compute the figure in `file` again from the files under `home/segments`.

    `file` holds an exported document, a DSSE envelope, or a row of `mumian indicators --json`. Raises SegmentMissing or
    SegmentChanged naming the segment, SignatureInvalid for a changed envelope, FigureDiffers when a digit differs.
    """
    claimed = _claimed(file, home)
    files = evidence.locate(home, claimed.digests)
    declared = definition.find(claimed.id)
    with evidence.Evidence(files) as opened:
        view = opened.view(claimed.origin, claimed.from_us, claimed.until_us)
        again = figures.evaluate(declared, view, claimed.digests, claimed.computed_us)
    for name in figure.COMPARED:
        found, said = getattr(again, name), getattr(claimed, name)
        if found != said:
            raise FigureDiffers(id=claimed.id, origin=claimed.origin, field=name, found=found, claimed=said)
    return again


def _claimed(file: Path, home: Path) -> Figure:
    try:
        given = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(detail=f"{file}: {error.strerror}; name a figure's file") from None
    except ValueError as error:
        raise BadInput(detail=f"{file}: not JSON ({error})") from None
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if not isinstance(given, Mapping):
        raise BadInput(
            detail=f"{file}: give one figure, such as `mumian indicators --json` prints or exports"
        )
    envelope = given.get("envelope", given if "payloadType" in given else None)
    key = keys.public(home)
    if envelope is not None and key is not None:
        return figure.unseal(envelope, key)
    if envelope is not None:
        given = figure.payload(envelope)
    if given.get("verdict") == "void" or given.get("period") is None:
        raise BadInput(detail=f"{file}: this row holds no figure (it is void, or nothing was sealed)")
    return figure.read(given.get("figure") if isinstance(given.get("figure"), Mapping) else given)
