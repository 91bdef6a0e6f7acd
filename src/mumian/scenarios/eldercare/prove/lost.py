"""Alarms lost: must be 0. Every fall and every press of SOS leads to an alarm, and every alarm reaches somebody."""

from __future__ import annotations

from mumian.core.kernel.clock import SECOND_US
from mumian.core.prove import Estimate, EvidenceView, indicator, proportion
from mumian.scenarios.eldercare.prove.stories import Story, alarms

DEMANDING = ("fall", "sos")
REACHED_WITHIN_US = 120 * SECOND_US
SILENT = (
    "blind",
    "low_battery",
    "not_worn",
)  # about the device itself: shown at the station, no one is paged


@indicator(
    id="eldercare.alarms_lost", clause="四(八)3", unit="ratio", goal="=0 within 0.01", version=1,
    title={"zh": "丢失的报警", "en": "Alarms lost"},
    source="house policy: none lost, and the upper bound of the share ≤ 1 % (299 alarms without a loss)",
)  # fmt: skip
def alarms_lost(view: EvidenceView) -> Estimate:
    """Share of demanded alarms that were lost; k is their number.

    Demanded: each finding of kind fall or SOS, and each alarm but those about a device itself. Lost: a finding without an
    alarm and without a recorded reason (for SOS no reason is accepted), and an alarm that after 120 s was neither paged
    nor touched by a person and whose condition still stands.
    """
    told = alarms(view)
    unanswered = _findings_without_alarm(view)
    paged = {str(e.body["alarm"]) for e in view.events("page")}
    judged = [
        s for s in told.values() if s.kind not in SILENT and (_reached(s, paged) or _old(s, view.until_us))
    ]
    silent = sum(not _reached(s, paged) for s in judged)
    note = f"{len(unanswered)} findings without an alarm, {silent} alarms that reached nobody"
    return proportion(len(unanswered) + silent, len(unanswered) + len(judged), note)


def _findings_without_alarm(view: EvidenceView) -> set[str]:
    """Ids of demanding findings that no entry ties to an alarm."""
    demanded: set[str] = set()
    answered: set[str] = set()
    for entry in view.events("finding"):
        body = entry.body
        if body.get("kind") not in DEMANDING or not body.get("holds", True):
            continue
        finding = str(body["finding"])
        decided = body.get("why_no_alarm") and body["kind"] != "sos"
        (answered if body.get("alarm") or decided else demanded).add(finding)
    return demanded - answered


def _reached(story: Story, paged: set[str]) -> bool:
    return story.alarm in paged or story.moved


def _old(story: Story, until_us: int) -> bool:
    return until_us - story.raised_us > REACHED_WITHIN_US
