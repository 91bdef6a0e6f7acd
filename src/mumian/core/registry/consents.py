"""What a person's consents allow, as pure functions over them. The gate asks here; so does the count of exposure.

care and monitoring stand together: one of them must hold, and the withdrawal of either stops the reading at once.
Every other purpose needs a consent of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mumian.core.kernel.authorised import Interval
from mumian.core.registry.intervals import holds, interval, join
from mumian.core.registry.model import Consent

TOGETHER = ("care", "monitoring")


def hold(consents: Iterable[Consent], purpose: str, at_us: int) -> bool:
    """Whether a consent to exactly this purpose holds at the instant."""
    return any(c.purpose == purpose and holds(c.from_us, c.until_us, at_us) for c in consents)


def withdrawn(consents: Sequence[Consent], purpose: str, at_us: int) -> bool:
    """Whether a consent to this purpose was given and has ended, and none holds now."""
    ended = any(c.purpose == purpose and c.until_us is not None and c.until_us <= at_us for c in consents)
    return ended and not hold(consents, purpose, at_us)


def readable(consents: Sequence[Consent], purpose: str, at_us: int) -> bool:
    """Whether data of the person may be read for `purpose` at the instant."""
    if purpose in ("research", "family"):
        return hold(consents, purpose, at_us)
    return any(hold(consents, p, at_us) for p in TOGETHER) and not any(
        withdrawn(consents, p, at_us) for p in TOGETHER
    )


def spans(consents: Iterable[Consent], purpose: str) -> tuple[Interval, ...]:
    """When the person had consented: what was recorded outside is not read even while a consent holds."""
    purposes = (purpose,) if purpose in ("research", "family") else TOGETHER
    return join(interval(c.from_us, c.until_us) for c in consents if c.purpose in purposes)
