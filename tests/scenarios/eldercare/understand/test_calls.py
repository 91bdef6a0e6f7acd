"""What a device says of itself becomes a finding, and every alarm of a watch that asks for somebody is heard."""

from __future__ import annotations

import pytest

from mumian.core.kernel.ids import DeviceId
from mumian.core.observe.records import Event
from mumian.scenarios.eldercare import decide
from mumian.scenarios.eldercare.observe.watch import status
from mumian.scenarios.eldercare.understand.calls import Calls

SPOKEN_ELSEWHERE = {"removed", "low_battery", "power_cut"}  # worn and battery_percent carry them


def heard(kind: str) -> list[tuple[str, bool]]:
    _, findings = Calls().step({}, [Event(DeviceId("w1"), None, 1, 2, kind, {"command": "AL"})])
    return [(finding.kind, finding.holds) for finding in findings]


@pytest.mark.parametrize(
    ("kind", "finding"),
    [
        ("sos", [("sos", True)]),
        ("button", [("call", True)]),
        ("fence_exit", [("fence_exit", True)]),
        ("fence_enter", [("fence_exit", False)]),
        ("motion", []),
    ],
)
def test_an_event_becomes_its_finding(kind: str, finding: list[tuple[str, bool]]) -> None:
    assert heard(kind) == finding


def test_no_alarm_of_a_watch_goes_unheard() -> None:
    named = {name for _, name in (*status.ALARMS, *status.STATES)} | {status.UNSPECIFIED}
    assert {name for name in named if not heard(name)} == SPOKEN_ELSEWHERE


def test_each_finding_has_a_rule() -> None:
    policy = decide.rules()
    for kind in ("sos", "button", "fall", "heart_rate", "fence_exit", "unspecified"):
        ((finding, _),) = heard(kind)
        rule = policy.rule(finding)
        assert rule is not None
        assert rule.ladder
