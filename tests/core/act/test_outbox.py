"""Delivery: every channel once, failover after ten seconds without a receipt, one idempotency key for every try."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.core.decide.test_writer import HOME, LADDER, wish

from mumian.core.act import outbox, pages
from mumian.core.act.channels import Outcome, body
from mumian.core.decide import writer
from mumian.core.registry import site
from mumian.core.store import Store


class Posting:
    """A webhook that fails as often as it is told to."""

    name = "webhook"

    def __init__(self, failures: int = 0) -> None:
        self.failures, self.sent = failures, list[Mapping[str, Any]]()

    def send(self, page: Mapping[str, Any]) -> Outcome:
        self.sent.append(page)
        self.failures -= 1
        return Outcome(self.failures < 0, "HTTP 500")


@pytest.fixture
def home(store: Store) -> Store:
    site.load(store, HOME)
    with store.tx() as cur:
        writer.raise_alarm(cur, wish(ladder=("caregiver",)), LADDER, store.clock.now_us())
    return store


def outcomes(store: Store) -> dict[str, str]:
    return dict(store.query("select channel, outcome from act.deliveries"))


def test_without_a_receipt_the_next_channel_is_tried_after_ten_seconds(home: Store) -> None:
    delivery = outbox.Delivery(home, None, None, lambda *_: None)
    delivery.run()
    assert outcomes(home) == {"browser": "offered"}
    home.clock.advance(10)  # type: ignore[attr-defined]
    delivery.run()
    delivery.run()
    assert outcomes(home) == {"browser": "unconfirmed", "push": "failed"}


def test_a_receipt_settles_the_browser_for_good(home: Store) -> None:
    delivery = outbox.Delivery(home, None, None, lambda *_: None)
    delivery.run()
    page = pages.waiting(home, "c1")[0]["page"]
    with home.tx() as cur:
        assert outbox.settle(cur, page, "browser", "delivered", "", home.clock.now_us())
        assert not outbox.settle(cur, page, "browser", "unconfirmed", "", home.clock.now_us())
    home.clock.advance(60)  # type: ignore[attr-defined]
    delivery.run()
    assert outcomes(home) == {"browser": "delivered"}


def test_a_failing_webhook_is_tried_again_under_the_same_key(home: Store) -> None:
    posting = Posting(failures=2)
    delivery = outbox.Delivery(home, posting, None, lambda *_: None)  # type: ignore[arg-type]
    for _ in range(6):
        delivery.run()
        home.clock.advance(3)  # type: ignore[attr-defined]
    assert len(posting.sent) == 3
    assert len({page["id"] for page in posting.sent}) == 1
    assert outcomes(home)["webhook"] == "delivered"


def test_robots_get_their_text_shape_and_others_everything() -> None:
    page = {
        "id": "P-1",
        "alarm": "A-1",
        "to": "c1",
        "step": 1,
        "tier": "intervene",
        "place": "312",
        "reason": {"zh": "疑似跌倒"},
    }
    assert body("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", page)["msgtype"] == "text"
    assert "疑似跌倒" in body("https://oapi.dingtalk.com/robot/send", page)["text"]["content"]
    plain = body("http://127.0.0.1/hook", page)
    assert (plain["alarm"], plain["to"], plain["step"], plain["idempotency_key"]) == ("A-1", "c1", 1, "P-1")


def test_a_question_whose_sending_was_cut_off_is_sent_by_the_next_process_while_in_time(store: Store) -> None:
    site.load(store, HOME)
    with store.tx() as cur:
        writer.raise_alarm(cur, wish(ladder=("ask", "caregiver")), LADDER, store.clock.now_us())
    sent: list[str] = []

    def killed(_device: str, _message: Mapping[str, Any]) -> None:
        raise KeyboardInterrupt

    def heard(device: str, _message: Mapping[str, Any]) -> None:
        sent.append(device)

    with pytest.raises(KeyboardInterrupt):
        outbox.Delivery(store, None, None, killed).run()
    outbox.Delivery(store, None, None, heard).run()
    outbox.Delivery(store, None, None, heard).run()
    assert sent == ["B-1"]


def test_a_question_whose_time_is_over_is_not_sent(store: Store) -> None:
    site.load(store, HOME)
    with store.tx() as cur:
        writer.raise_alarm(cur, wish(ladder=("ask", "caregiver")), LADDER, store.clock.now_us())
    store.clock.advance(16)  # type: ignore[attr-defined]
    sent: list[str] = []
    outbox.Delivery(store, None, None, lambda device, _: sent.append(device)).run()
    assert sent == []
