"""At least 70 % less data than conventional inspection (数据量减少70%以上), from the byte ledger of every flight."""

from __future__ import annotations

from mumian.core.prove import Estimate, EvidenceView, indicator
from mumian.core.prove.estimate import CENSUS


@indicator(
    id="powerline.data_reduction", clause="四(一)2", unit="ratio", goal=">=0.70", version=1,
    title={"zh": "数据量减少", "en": "Data reduction"},
    source="plan 四(一): at least 70 % less data than conventional UAV inspection",
)  # fmt: skip
def data_reduction(view: EvidenceView) -> Estimate:
    """1 − kept bytes ÷ bytes of the camera's originals, over all flights; k is the number of photographs.

    Kept are the crops of findings at full resolution, thumbnails and the audit sample of originals. Every byte of every
    flight is counted, so that the share is its own bound; n is the number of flights.
    """
    flights = {str(e.body["flight"]): e.body for e in view.events("powerline_flight")}
    original = sum(int(f["original_bytes"]) for f in flights.values())
    photos = sum(int(f["photos"]) for f in flights.values())
    if not original:
        return Estimate(None, 0, None, None, CENSUS, 0, "no flight yet")
    value = 1 - sum(int(f["kept_bytes"]) for f in flights.values()) / original
    audited = sum(int(f["audited"]) for f in flights.values())
    note = f"{photos} photographs, {audited} originals kept for audit, {original} bytes of originals"
    return Estimate(value, len(flights), value, value, CENSUS, photos, note)
