"""Fall recall: of the falls that happened, how many became an alarm.

In service a device cannot know what it missed, so the falls that staff reported count as missed.
"""

from __future__ import annotations

from mumian.core.prove import Estimate, EvidenceView, indicator, proportion
from mumian.scenarios.eldercare.prove.stories import alarms, fall_times, match, true_falls


@indicator(
    id="eldercare.fall_recall", clause="四(八)3", unit="ratio", goal=">=0.92", version=1,
    title={"zh": "跌倒召回率", "en": "Fall recall"},
    source="house policy: the recall at which the wrist baseline was measured (WEDA-FALL, subject-disjoint)",
)  # fmt: skip
def fall_recall(view: EvidenceView) -> Estimate:
    """Replay and simulation: true falls with an alarm of their own ÷ true falls. Field: fall alarms confirmed as true ÷
    (those + falls that staff reported because no device saw them).

    An alarm belongs to a fall of its device when its event time lies in [from − 2 s, until + 10 s], one to one. A fall
    that the detector saw but that raised no alarm counts as missed: nobody was called.
    """
    return _in_service(view) if view.origin == "field" else _against_truth(view)


def _against_truth(view: EvidenceView) -> Estimate:
    falls = true_falls(view)
    found = match(falls, fall_times(view, alarms(view)))
    judged = [f for f in falls if f in found or f.settled(view.until_us)]
    return proportion(len(found), len(judged), "true falls as the world played them")


def _in_service(view: EvidenceView) -> Estimate:
    told = alarms(view).values()
    confirmed = sum(s.kind == "fall" and not s.reported and s.resolution == "true" for s in told)
    missed = sum(s.reported and s.resolution not in ("false", "test") for s in told)
    waiting = sum(s.kind == "fall" and not s.reported and s.resolution is None for s in told)
    note = "falls confirmed by staff and falls reported by staff"
    return proportion(
        confirmed, confirmed + missed, note + (f"; {waiting} fall alarms not resolved yet" if waiting else "")
    )
