"""`Figure` (指标值): one computed value with n, bounds, origin and the digests it rests on; and its in-toto statement.

It is made by `of` from an estimate, or read back from a signed statement. Nobody types one in.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mumian.core.kernel import dsse
from mumian.core.kernel.clock import iso_us, parse
from mumian.core.kernel.errors import BadInput
from mumian.core.prove import goal
from mumian.core.prove.definition import Indicator
from mumian.core.prove.estimate import LEVEL, Estimate

STATEMENT = "https://in-toto.io/Statement/v1"
PAYLOAD = "application/vnd.in-toto+json"
# .example belongs to nobody (RFC 6761), so the name claims no domain; docs/proof.md describes the predicate.
PREDICATE = "https://mumian.example/figure/v1"
_DIGITS = 12  # beyond them, another build of the same mathematics may round another way
COMPARED = ("value", "n", "k", "lower", "upper", "verdict", "needed")


@dataclass(frozen=True, slots=True)
class Figure:
    """Shape of the predicate; see docs/proof.md for each field."""

    id: str
    clause: str
    version: int
    title: Mapping[str, str]
    unit: str
    origin: str
    value: float | None
    n: float
    k: float | None
    lower: float | None
    upper: float | None
    method: str
    level: float
    goal: str
    verdict: str
    needed: int | None
    note: str
    from_us: int
    until_us: int
    digests: tuple[str, ...]
    code: str
    models: tuple[str, ...]
    computed_us: int

    def as_json(self) -> dict[str, Any]:
        """The predicate: plain JSON, times in ISO 8601 with microseconds."""
        given = {name: getattr(self, name) for name in self.__dataclass_fields__}
        period = {"from": iso_us(given.pop("from_us")), "until": iso_us(given.pop("until_us"))}
        computed = iso_us(given.pop("computed_us"))
        lists = {"title": dict(self.title), "digests": list(self.digests), "models": list(self.models)}
        return {**given, **lists, "period": period, "computed_at": computed}


def of(
    indicator: Indicator, found: Estimate, *, origin: str, period: tuple[int, int], digests: Sequence[str],
    models: Sequence[str], computed_us: int,
) -> Figure:  # fmt: skip
    """The figure of an estimate, with its verdict against the indicator's goal."""
    verdict, needed = goal.verdict(found, indicator.goal, origin)
    return Figure(
        id=indicator.id, clause=indicator.clause, version=indicator.version, title=indicator.title,
        unit=indicator.unit, origin=origin, value=_rounded(found.value), n=_rounded(found.n) or 0,
        k=_rounded(found.k), lower=_rounded(found.lower), upper=_rounded(found.upper), method=found.method,
        level=LEVEL, goal=str(indicator.goal), verdict=verdict, needed=needed, note=found.note,
        from_us=period[0], until_us=period[1], digests=tuple(sorted(digests)), code=indicator.code_digest,
        models=tuple(sorted(models)), computed_us=computed_us,
    )  # fmt: skip


def _rounded(x: float | None) -> float | None:
    if x is None:
        return None
    short = float(f"{x:.{_DIGITS}g}")
    return int(short) if short.is_integer() else short


def read(predicate: Mapping[str, Any]) -> Figure:
    """A figure from its predicate. Raises BadInput naming what is missing."""
    try:
        given: dict[str, Any] = {
            name: predicate[name] for name in Figure.__dataclass_fields__ if not name.endswith("_us")
        }
        times = {
            "from_us": parse(predicate["period"]["from"]),
            "until_us": parse(predicate["period"]["until"]),
            "computed_us": parse(predicate["computed_at"]),
        }
    except (KeyError, TypeError) as error:
        raise BadInput(detail=f"not a figure: {error} is missing") from None
    return Figure(**{**given, **times, "digests": tuple(given["digests"]), "models": tuple(given["models"])})


def seal(figure: Figure, names: Mapping[str, str], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The signed statement. `names` gives a readable name for each digest."""
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": names.get(d, d[:8]), "digest": {"sha256": d}} for d in figure.digests],
        "predicateType": PREDICATE,
        "predicate": figure.as_json(),
    }
    payload = json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return dsse.sign(PAYLOAD, payload, key)


def payload(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """The predicate of an envelope whose signature nobody can check here; recomputing is then the only proof."""
    try:
        statement = json.loads(base64.b64decode(envelope["payload"]))
        return dict(statement["predicate"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(detail=f"not a figure's envelope: {error}") from None


def unseal(envelope: Mapping[str, Any], key: Ed25519PublicKey) -> Figure:
    """The figure in an envelope whose signature holds. Raises SignatureInvalid or BadInput."""
    statement = json.loads(dsse.verify(envelope, PAYLOAD, key))
    if statement.get("_type") != STATEMENT or statement.get("predicateType") != PREDICATE:
        raise BadInput(detail=f"predicate type {statement.get('predicateType')!r} is not {PREDICATE}")
    figure = read(statement["predicate"])
    subjects = sorted(s["digest"]["sha256"] for s in statement["subject"])
    if subjects != sorted(figure.digests):
        raise BadInput(detail="the statement's subjects are not the figure's digests")
    return figure
