"""Hazards warned of in real time (实时预警): from the end of a tile's computation to the hazard on the reviewer's page."""

from __future__ import annotations

from mumian.core.prove import Estimate, EvidenceView, indicator, quantile
from mumian.core.prove.estimate import QUANTILE

WITHIN_S = 2.0


@indicator(
    id="powerline.alert_latency", clause="四(一)2", unit="s", goal="<=2", version=1,
    title={"zh": "隐患告警时延 p95", "en": "Hazard alert latency p95"},
    source="plan 四(一): hazards warned of in real time; read as at most 2 s from computed to visible, p95 over surveys with hazards",
)  # fmt: skip
def alert_latency(view: EvidenceView) -> Estimate:
    """p95 of seconds from computed to readable through the page's own query, after the commit; k are those within 2 s.

    A survey with hazards that was filed and never seen voids the figure until it is seen.
    """
    filed = {str(e.body["survey"]) for e in view.events("powerline_survey") if int(e.body["hazards"])}
    waits: dict[str, float] = {}
    for entry in view.events("powerline_alert"):
        waits.setdefault(
            str(entry.body["survey"]), (int(entry.body["seen_us"]) - int(entry.body["computed_us"])) / 1e6
        )
    unseen = filed - set(waits)
    if unseen:
        return Estimate(
            None,
            len(waits),
            None,
            None,
            QUANTILE,
            0,
            f"{len(unseen)} surveys with hazards were never seen",
            0.95,
        )
    return quantile(list(waits.values()), 0.95, WITHIN_S, f"{len(waits)} surveys with hazards")
