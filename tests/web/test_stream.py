"""Server-sent events over a real socket: at once, in order, resumed without a gap, within scope."""

from __future__ import annotations

import json

import httpx
import pytest
from tests.web.conftest import Home

from mumian.core.identity import tokens
from mumian.web.api import stream


def listen(url: str, token: str, n: int, raise_now=None, **headers: str) -> list[tuple[int, dict]]:
    seen: list[tuple[int, dict]] = []
    number = 0
    with httpx.stream(
        "GET", f"{url}/api/alarms/stream", headers={"Authorization": f"Bearer {token}", **headers}, timeout=20
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        if raise_now:
            raise_now()
        for line in answer.iter_lines():
            if line.startswith("id: "):
                number = int(line[4:])
            if line.startswith("data: "):
                seen.append((number, json.loads(line[6:])))
                if len(seen) == n:
                    break
    return seen


def test_begins_now_and_carries_the_promised_fields(home: Home, served: str, raise_alarm) -> None:
    raise_alarm("wang", "F1", "before")
    token = tokens.issue(home.store, "nurse")
    [(number, data)] = listen(served, token, 1, lambda: raise_alarm("wang", "F1", "after"))
    assert number == 2
    assert set(data) == {"alarm", "person", "from", "to", "at", "by"}
    assert (data["from"], data["to"], data["person"]) == (None, "new", "wang")


def test_resumes_without_a_gap(home: Home, served: str, raise_alarm) -> None:
    for n in range(5):
        raise_alarm("wang", "F1", f"f{n}")
    token = tokens.issue(home.store, "nurse")
    assert [n for n, _ in listen(served, token, 3, **{"Last-Event-ID": "2"})] == [3, 4, 5]


def test_other_floors_are_left_out_and_nothing_of_hers_is_missed(
    home: Home, served: str, raise_alarm
) -> None:
    for n, (person, floor) in enumerate(
        [("wang", "F1"), ("chen", "F2"), ("wang", "F1"), ("chen", "F2"), ("wang", "F1")]
    ):
        raise_alarm(person, floor, f"f{n}")
    token = tokens.issue(home.store, "caregiver", "c1")
    assert [n for n, _ in listen(served, token, 3, **{"Last-Event-ID": "0"})] == [1, 3, 5]


def test_ends_when_the_token_is_revoked(home: Home, served: str) -> None:
    token = tokens.issue(home.store, "nurse")
    with httpx.stream(
        "GET", f"{served}/api/alarms/stream", headers={"Authorization": f"Bearer {token}"}, timeout=20
    ) as answer:
        lines = answer.iter_lines()
        next(lines)
        tokens.revoke(home.store, token)
        assert not [line for line in lines if line.startswith("data")]


def test_a_number_that_is_none_is_refused(home: Home) -> None:
    answer = home.program("nurse").get("/api/alarms/stream", headers={"Last-Event-ID": "abc"})
    assert answer.status_code == 422


def test_a_quiet_line_shows_that_it_is_alive(
    home: Home, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.2)
    token = tokens.issue(home.store, "nurse")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", f"{served}/api/alarms/stream", headers=headers, timeout=5) as answer:
        assert ": alive" in answer.iter_lines()
