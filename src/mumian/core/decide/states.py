"""The one table of alarm states and transitions (ISA-18.2 / IEC 62682 alarm states, IEC 60601-1-8 priorities).

Code, tests and the diagram in docs come from `TABLE`; nothing else decides what may follow what.
"""

from __future__ import annotations

from dataclasses import dataclass

from mumian.core.kernel.errors import Conflict

STATES = ("new", "acknowledged", "returned", "shelved", "resolved")
OPEN = ("new", "acknowledged", "returned", "shelved")
RESOLUTIONS = ("true", "false", "test")
PRIORITY = {"intervene": "high", "warn": "medium", "assist": "low"}  # IEC 60601-1-8 clause 6.1.2
TIERS = tuple(PRIORITY)


@dataclass(frozen=True, slots=True)
class Step:
    """`action` leads from any of `sources` to `target`; `by_person` tells a human act from the machine's own."""

    action: str
    sources: tuple[str | None, ...]
    target: str
    by_person: bool


TABLE = (
    Step("raise", (None,), "new", False),
    Step("acknowledge", ("new", "returned", "shelved"), "acknowledged", True),
    Step("handover", ("acknowledged",), "acknowledged", True),
    Step("resolve", ("acknowledged",), "resolved", True),
    Step("shelve", ("new", "acknowledged", "returned"), "shelved", True),
    Step("unshelve", ("shelved",), "new", False),
    Step("lapse", ("shelved",), "returned", False),  # its condition went while it was shelved
    Step("clear", ("new",), "returned", False),
    Step("recur", ("returned",), "new", False),
)
_BY_ACTION = {step.action: step for step in TABLE}


class TransitionForbidden(Conflict):
    """The alarm's state does not allow the action; the message says which states do."""

    code = "transition_forbidden"
    zh = "报警现在是“{state}”，不能 {action}；只有 {allowed} 时可以"
    en = "The alarm is {state}; {action} is possible only when it is {allowed}"


def follow(state: str | None, action: str) -> str:
    """The state after `action`. Raises TransitionForbidden."""
    step = _BY_ACTION[action]
    if state not in step.sources:
        allowed = " / ".join(s or "—" for s in step.sources)
        raise TransitionForbidden(state=state or "—", action=action, allowed=allowed)
    return step.target


def allowed(state: str | None) -> tuple[str, ...]:
    """Actions that `state` allows."""
    return tuple(step.action for step in TABLE if state in step.sources)
