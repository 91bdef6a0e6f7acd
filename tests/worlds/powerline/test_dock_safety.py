"""Random orders, faults, returns and waits: no dock is ever in an unsafe state, and a duplicate tid moves nothing."""

from __future__ import annotations

import json
import random

from mumian.scenarios.powerline.decide.dock.next_order import next_order
from mumian.scenarios.powerline.domain.dock import ORDERS, Dock, forbids, unsafe
from mumian.scenarios.powerline.observe.dock.envelope import dock
from mumian.worlds.powerline.dock import Replies
from mumian.worlds.powerline.dock_body import FAULTS, Body

SEQUENCES, STEPS = 1_500, 60


def step(body: Body, dice: random.Random) -> str:
    """One random thing that may befall a dock; its name."""
    kind = dice.choices(("order", "wait", "fault", "mend", "approach"), (55, 30, 3, 6, 6))[0]
    if kind == "order":
        before = dock(body.osd())
        wanted = next_order("fly", before) if dice.random() < 0.5 else None
        method = wanted.method if wanted else dice.choice((*ORDERS, "self_destruct"))
        code = body.order(method, {})
        assert code != 0 or method not in ORDERS or before_allows(before, method), (
            f"{method} done in {before}"
        )
        return f"{method} {code}"
    if kind == "wait":
        body.tick(dice.choice((0.3, 2.0, 6.0, 9.0, 40.0, 600.0)))
    elif kind == "approach":
        body.approach()
    else:
        getattr(body, kind)(dice.choice(FAULTS))
    return kind


def before_allows(before: Dock, method: str) -> bool:
    """What the dock did, the ground's table allows; doing again what already stands moves nothing and is allowed."""
    part, _, way = method.partition("_")
    stands = {"cover": before.cover, "putter": before.putter}.get(part) == {
        "open": "open",
        "close": "closed",
    }.get(way, "")
    return stands or forbids(before, method) is None


def test_random_sequences_never_reach_an_unsafe_state():
    flights = landings = diverted = charged = 0
    for seed in range(SEQUENCES):
        dice, body, told = random.Random(seed), Body(), []
        for _ in range(STEPS):
            told.append(step(body, dice))
            assert not unsafe(dock(body.osd())), (seed, unsafe(dock(body.osd())), told)
            for event in body.events:
                flights += event["data"].get("is") == "away"
                landings += event["data"].get("is") == "in"
                diverted += event["data"].get("is") == "diverted"
                charged += event["data"].get("charging") is True
            body.events.clear()
    assert min(flights, landings, diverted, charged) > 5, (flights, landings, diverted, charged)


def test_the_predicate_knows_what_is_unsafe():
    assert unsafe(Dock(drone="landing", cover="moving", putter="open"))
    assert unsafe(Dock(drone="rising", cover="open", putter="closed"))
    assert unsafe(Dock(drone="away", charging=True))
    assert not unsafe(Dock(charging=True))


def test_a_duplicate_tid_gets_the_same_reply_and_moves_nothing():
    body = Body()
    replies = Replies(body)
    order = json.dumps({"tid": "t1", "bid": "b1", "method": "cover_open", "data": {}}).encode()
    first = replies.to(order)
    body.tick(9)
    body.order("cover_close", {})
    body.tick(9)
    assert body.cover == "closed"
    assert replies.to(order) == first
    body.tick(9)
    assert body.cover == "closed"
    assert first is not None
    assert first["data"] == {"result": 0}


def test_what_names_no_tid_is_not_done():
    body = Body()
    for payload in (b"", b"[]", b"null", b'{"method": "cover_open"}', b"\xff", b"[" * 100_000):
        assert Replies(body).to(payload) is None
    assert body.cover == "closed"


def away() -> Body:
    body = Body()
    for method in ("cover_open", "putter_open", "drone_open", "flighttask_execute"):
        assert body.order(method, {}) == 0
        body.tick(10)
    assert body.drone == "away"
    return body


def test_a_cover_that_was_shut_behind_the_drone_opens_for_its_return():
    body = away()
    assert body.order("cover_close", {}) == 0
    body.tick(10)
    assert body.cover == "closed"
    body.approach()
    body.tick(30)
    assert (body.drone, body.cover) == ("in", "open")


def test_a_cover_that_jams_at_landing_diverts_the_drone():
    body = away()
    body.order("cover_close", {})
    body.tick(10)
    body.approach()
    body.tick(2)
    body.fault("cover-jam")
    body.tick(60)
    assert (body.drone, body.cover) == ("diverted", "abnormal")
