"""How much of what had to be looked at was looked at: a tower without its shots is found by its ledger, not by its silence."""

from __future__ import annotations

from mumian.core.prove import Estimate, EvidenceView, indicator, proportion


@indicator(
    id="powerline.coverage", clause="四(一)1", unit="ratio", goal=">=0.95", version=1,
    title={"zh": "巡检覆盖率", "en": "Inspection coverage"},
    source="house policy: no share is named in the plan; a shot that was not seen sharp counts as not looked at",
)  # fmt: skip
def coverage(view: EvidenceView) -> Estimate:
    """Required shots that were seen sharp (k) among all that the flown plans required (n), over flights with a ledger.

    Blurred, missing and unbound ones count against it. A flight counts by the last word on it; a shot that a later flight made
    good counts in both, since each flight is judged by its own plan.
    """
    last = {str(e.body["flight"]): e.body for e in view.events("powerline_coverage")}
    seen, required = (sum(int(body[name]) for body in last.values()) for name in ("seen", "required"))
    lacking = ", ".join(
        f"{sum(int(body[name]) for body in last.values())} {name}"
        for name in ("blurred", "missing", "unbound")
    )
    return proportion(seen, required, f"{len(last)} flights; {lacking}")
