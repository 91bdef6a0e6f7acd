"""What mosquitto's log says that it refused, under the name of who did it."""

from __future__ import annotations

from pathlib import Path

from mumian.core.observe.broker_log import BrokerLog

CONNECT = "1: New client connected from 127.0.0.1:50193 as odd ( client (p2, c1, k60, u'B-3')."


def reader() -> BrokerLog:
    return BrokerLog(Path("/nonexistent"), lambda refused: None)


def test_a_refused_publish_is_told_under_the_user_of_its_client() -> None:
    log = reader()
    assert log.read(CONNECT, 0) is None
    found = log.read(
        "1: Denied PUBLISH from odd ( client (d0, q1, r0, m1, 'mumian/B-4/obs', ... (82 bytes))\n", 7
    )
    assert found is not None
    assert (found.device, found.reason, found.received_us) == ("B-3", "acl", 7)
    assert found.message.startswith("mumian/B-4/obs:")


def test_what_is_too_large_and_who_cannot_sign_in() -> None:
    log = reader()
    found = log.read(
        "1: Dropped too large PUBLISH from B-5 (d0, q1, r0, m3, 'mumian/B-5/obs', ... (2000000 bytes))", 0
    )
    assert found is not None and (found.device, found.reason) == ("B-5", "too_large")
    found = log.read("1: Client <unknown> disconnected, not authorised.", 0)
    assert found is not None and (found.device, found.reason) == ("mqtt", "login")


def test_all_else_is_passed_over() -> None:
    log = reader()
    for line in (
        "1: Received PUBLISH from B-1 (d0, q1, r0, m1, 'mumian/B-1/obs', ... (82 bytes))",
        "",
        "Denied PUBLISH from",
    ):
        assert log.read(line, 0) is None
