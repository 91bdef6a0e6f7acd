"""The seam for the engine: a detector is a pure step over keyed state, `(state, records) → (state, findings)`.

The service runs the steps today; a process pool or a cluster can run them tomorrow, since a step touches no
database, no clock and no socket: all it knows is in its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from mumian.core.observe.records import Record

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a detector says about one device at one time.

    kind        fall, sos, heart_rate, …
    holds       True: the condition began (or happened); False: it is gone again
    score, threshold   what was measured against what, in the kind's own unit; None where it makes no sense
    model       "name@version" of model or rule
    detail      numbers that explain it, for the evidence strip
    seq         the message that is the finding (a press), for kinds of which two may happen in one millisecond
    """

    kind: str
    device: str
    event_us: int
    decided_us: int
    holds: bool = True
    score: float | None = None
    threshold: float | None = None
    model: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    seq: int | None = None  # the message that is the finding (a press): two of them may share a millisecond

    @property
    def id(self) -> str:
        """The same occurrence has the same id, however often it is computed."""
        return f"{self.device}:{self.kind}:{self.event_us}" + ("" if self.seq is None else f":{self.seq}")


class Detector(Protocol[S]):
    """A named step. `states` maps device → state; only the keys that changed come back."""

    name: str
    takes: tuple[type, ...]  # kinds of record it looks at; it is not asked about others
    memory_s: float  # how many seconds of records rebuild the state after a restart; 0: none

    def step(
        self, states: Mapping[str, S], records: Sequence[Record]
    ) -> tuple[Mapping[str, S], Sequence[Finding]]:
        """Pure: the same states and records give the same answer."""
        ...
