"""The journal: each event once, in order, before and after sealing; with the transaction or not at all."""

from __future__ import annotations

import pytest
from tests.core.store.scopes import scope
from tests.postgres import MakeStore

from mumian.core.store import Store, events, telemetry


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()


def test_events_are_read_once_whether_sealed_or_not(store: Store) -> None:
    for number in range(6):
        with store.tx() as cur:
            events.append(
                cur, "alarm" if number % 2 else "page", number, "replay", f"s{number}", {"名": number}
            )
        if number in {1, 3}:
            telemetry.seal(store, "events", force=True)
    read = events.read(store, scope())
    assert [(e.at_us, e.kind, e.subject, e.body) for e in read] == [
        (n, "alarm" if n % 2 else "page", f"s{n}", {"名": n}) for n in range(6)
    ]
    assert [e.id for e in read] == sorted(e.id for e in read)
    assert [e.at_us for e in events.read(store, scope(), ["alarm"], 1, 5)] == [1, 3]
    assert [e.at_us for e in events.read(store, scope(), sealed_only=True)] == [0, 1, 2, 3]


def test_an_event_of_a_rolled_back_transaction_never_was(store: Store) -> None:
    def broken() -> None:
        with store.tx() as cur:
            events.append(cur, "alarm", 1, "field", "a", {})
            raise KeyError

    with pytest.raises(KeyError):
        broken()
    assert events.read(store, scope()) == []


def test_a_body_is_json_or_refused(store: Store) -> None:
    with store.tx() as cur, pytest.raises(ValueError, match="JSON"):
        events.append(cur, "alarm", 1, "field", "a", {"score": float("nan")})
