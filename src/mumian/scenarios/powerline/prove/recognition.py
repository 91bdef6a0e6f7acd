"""Recognition rate of at least 95 % (识别率不低于95%), as reviewers found it in service."""

from __future__ import annotations

from mumian.core.prove import Estimate, EvidenceView, indicator, proportion
from mumian.scenarios.powerline.domain.review import HAZARD


@indicator(
    id="powerline.recognition_rate", clause="四(一)2", unit="ratio", goal=">=0.95", version=2,
    title={"zh": "缺陷识别率", "en": "Defect recognition rate"},
    source="plan 四(一): recognition rate not below 95 %; read as recall over defects that a reviewer confirmed",
)  # fmt: skip
def recognition_rate(view: EvidenceView) -> Estimate:
    """Share of confirmed defects that the detector had found as what they are; n adds what reviewers found beside it.

    A finding counts by the last word on it. One that came from a reviewer's eye has no model and counts as missed, and so does one
    that the reviewer confirmed as another kind than the model had said.
    """
    said: dict[str, str] = {}  # by the model: what stood before a reviewer's first word
    last: dict[str, tuple[str, bool, bool]] = {}
    for entry in view.events("powerline_review"):
        if entry.body["kind"] == HAZARD:  # found by a survey of the corridor, not on a photograph
            continue
        finding, kind, by_model = (
            str(entry.body["finding"]),
            str(entry.body["kind"]),
            bool(entry.body["model"]),
        )
        first = said.setdefault(finding, str(entry.body.get("was", kind)))
        last[finding] = (str(entry.body["to"]), by_model, kind == first)
    confirmed = [
        (by_model, same) for state, by_model, same in last.values() if state in ("accepted", "closed")
    ]
    rejected = sum(state == "rejected" for state, *_ in last.values())
    other = sum(by_model and not same for by_model, same in confirmed)
    note = f"{rejected} findings rejected as false; {other} confirmed as another kind"
    return proportion(sum(by_model and same for by_model, same in confirmed), len(confirmed), note)
