"""Recognition rate of at least 95 % (识别率不低于95%), as reviewers found it in service."""

from __future__ import annotations

from mumian.core.prove import Estimate, EvidenceView, indicator, proportion
from mumian.scenarios.powerline.domain.review import HAZARD


@indicator(
    id="powerline.recognition_rate", clause="四(一)2", unit="ratio", goal=">=0.95", version=1,
    title={"zh": "缺陷识别率", "en": "Defect recognition rate"},
    source="plan 四(一): recognition rate not below 95 %; read as recall over defects that a reviewer confirmed",
)  # fmt: skip
def recognition_rate(view: EvidenceView) -> Estimate:
    """Share of confirmed defects that the detector had found; k are those, n adds what reviewers found beside it.

    A finding counts by the last word on it. One that came from a reviewer's eye has no model and counts as missed.
    """
    last: dict[str, tuple[str, bool]] = {}
    for entry in view.events("powerline_review"):
        if entry.body["kind"] == HAZARD:  # found by a survey of the corridor, not on a photograph
            continue
        last[str(entry.body["finding"])] = (str(entry.body["to"]), bool(entry.body["model"]))
    confirmed = [by_model for state, by_model in last.values() if state in ("accepted", "closed")]
    rejected = sum(state == "rejected" for state, _ in last.values())
    return proportion(sum(confirmed), len(confirmed), f"{rejected} findings rejected as false")
