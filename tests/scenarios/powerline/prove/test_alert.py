from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from mumian.scenarios.powerline.prove.alert import alert_latency
from mumian.scenarios.powerline.prove.recognition import recognition_rate


def view(*entries: tuple[str, dict[str, Any]]) -> Any:
    return SimpleNamespace(events=lambda *kinds: [SimpleNamespace(body=b) for k, b in entries if k in kinds])


def seen(n: int, seconds: float) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("powerline_survey", {"survey": n, "hazards": 1}),
        ("powerline_alert", {"survey": n, "computed_us": 0, "seen_us": int(seconds * 1e6)}),
    ]


def test_p95_over_surveys_with_hazards() -> None:
    entries = [e for n in range(100) for e in seen(n, 0.5 if n < 96 else 5.0)]
    got = alert_latency(view(*entries))
    assert (got.n, got.value, got.k) == (100, 0.5, 96)


def test_a_survey_nobody_saw_voids_the_figure() -> None:
    entries = [*seen(1, 0.5), ("powerline_survey", {"survey": 2, "hazards": 3})]
    got = alert_latency(view(*entries))
    assert got.value is None
    assert "1 surveys" in got.note


@pytest.mark.parametrize("to", ["accepted", "rejected"])
def test_hazards_of_a_survey_do_not_count_as_missed_by_the_detector(to: str) -> None:
    body = {"finding": "F", "to": to, "model": None, "kind": "clearance"}
    assert recognition_rate(view(("powerline_review", body))).n == 0
