"""What may become of a finding: one table of states, as for alarms. Grades and their words follow the field's defect grading."""

from __future__ import annotations

from dataclasses import dataclass

from mumian.core.kernel.errors import BadInput, Conflict

KINDS = ("defect", "nest", "foreign_object", "fitting", "other")
HAZARD = "clearance"  # made by a survey, never chosen by a reviewer
GRADES = ("general", "serious", "critical")  # 一般, 严重, 危急
STATES = ("new", "accepted", "rejected", "closed")


@dataclass(frozen=True, slots=True)
class Step:
    """`action` leads from any of `sources` to `target`."""

    action: str
    sources: tuple[str, ...]
    target: str


TABLE = (
    Step("accept", ("new",), "accepted"),  # makes the work order
    Step("reject", ("new",), "rejected"),
    Step("reopen", ("rejected",), "new"),
    Step("close", ("accepted",), "closed"),  # by a photograph of the re-inspection, never without
)
_BY_ACTION = {step.action: step for step in TABLE}


class ReviewForbidden(Conflict):
    """The finding's state does not allow the action."""

    code = "review_forbidden"
    zh = "缺陷现在是“{state}”，不能 {action}；只有 {allowed} 时可以"
    en = "The finding is {state}; {action} is possible only when it is {allowed}"


def follow(state: str, action: str) -> str:
    """The state after `action`. Raises ReviewForbidden, BadInput for an action that does not exist."""
    step = _BY_ACTION.get(action)
    if step is None:
        raise BadInput(detail=f"review {action!r}: one of {', '.join(_BY_ACTION)}")
    if state not in step.sources:
        raise ReviewForbidden(state=state, action=action, allowed=" / ".join(step.sources))
    return step.target
