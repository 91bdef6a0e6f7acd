"""An indicator of our own and a home with sealed events."""

from __future__ import annotations

import pytest

from mumian.core import store as stores
from mumian.core.prove import Estimate, EvidenceView, indicator, proportion
from mumian.core.store import events


@indicator(
    id="testhouse.good_share", clause="测试", unit="ratio", goal=">=0.5", version=1,
    title={"zh": "好的比例", "en": "Good share"}, source="test",
)  # fmt: skip
def good_share(view: EvidenceView) -> Estimate:
    """Alarms that are good."""
    alarms = list(view.events("alarm"))
    return proportion(sum(bool(a.body["good"]) for a in alarms), len(alarms))


def tell(store: stores.Store, n: int, good: int, origin: str = "field") -> None:
    """n alarms one second apart, the first `good` of them good, then sealed as one segment."""
    with store.tx() as cur:
        for k in range(n):
            store.clock.advance(1)
            events.append(cur, "alarm", store.clock.now_us(), origin, f"A{k}", {"good": k < good})
    stores.telemetry.seal(store, "events", force=True)


@pytest.fixture
def home(make_store):
    """Two sealed segments: 40 of 50 good in the field, 3 of 5 in a replay."""
    store = make_store("prove")
    tell(store, 50, 40)
    tell(store, 5, 3, "replay")
    return store
