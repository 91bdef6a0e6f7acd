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
    Step(
        "withdraw", ("accepted",), "new"
    ),  # by who accepted it, while the order is fresh; unmakes the work order
    Step(
        "close", ("accepted",), "closed"
    ),  # by a photograph of the re-inspection or a later survey, never without
)
WITHDRAWN_WITHIN_US = 3_600_000_000  # later a crew may be on its way
_BY_ACTION = {step.action: step for step in TABLE}


class ReviewForbidden(Conflict):
    """The finding's state does not allow the action."""

    code = "review_forbidden"
    zh = "缺陷现在是“{state}”，不能 {action}；只有 {allowed} 时可以"
    en = "The finding is {state}; {action} is possible only when it is {allowed}"


class NotWithdrawn(Conflict):
    """Somebody else accepted it, or too long ago."""

    code = "review_not_withdrawn"
    zh = "只有开这张消缺单的人能撤回，且要在一小时之内；消缺单要用复拍或复测来关"
    en = "Only who opened this work order may take it back, and within an hour; a re-inspection or a new survey closes it"


class NoEvidence(BadInput):
    """What was named does not show that the work is done."""

    code = "review_no_evidence"
    zh = "关不了单：要有同一座塔更晚一次飞行的清楚照片，隐患也可以用更晚、盖到那里而 5 m 内没有它的测量；请从页面列出的里面选"
    en = (
        "Cannot close: no clear photograph of the same tower from a later flight, nor, for a hazard, a later survey that covers "
        "the place and has nothing within 5 m of it; choose one of those offered"
    )


def may_withdraw(accepted_by: str | None, accepted_us: int | None, by: str, now_us: int) -> bool:
    """Whether `by` may still take back what was accepted then."""
    return accepted_by == by and now_us - (accepted_us or 0) <= WITHDRAWN_WITHIN_US


def follow(state: str, action: str) -> str:
    """The state after `action`. Raises ReviewForbidden, BadInput for an action that does not exist."""
    step = _BY_ACTION.get(action)
    if step is None:
        raise BadInput(detail=f"review {action!r}: one of {', '.join(_BY_ACTION)}")
    if state not in step.sources:
        raise ReviewForbidden(state=state, action=action, allowed=" / ".join(step.sources))
    return step.target
