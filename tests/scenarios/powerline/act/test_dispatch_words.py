"""What a dispatcher reads when a vehicle does not obey: what was meant, and what is left to be tried, in both languages."""

from __future__ import annotations

import pytest

from mumian.core.kernel.errors import MumianError, NotFound
from mumian.scenarios.powerline.act.dispatch.orders import _in_page_words
from mumian.scenarios.powerline.act.flight.refusals import CommandRefused, CommandUnanswered, LeaseHeld

UNANSWERED = CommandUnanswered(part="vehicle", command="MAV_CMD_DO_PAUSE_CONTINUE", times=5)
REFUSED = CommandRefused(
    state="refused", action="x", command="MAV_CMD_DO_SET_MODE", result="MAV_RESULT_DENIED", said=' · "No GPS"'
)


@pytest.mark.parametrize(
    ("fault", "do", "zh", "en"),
    [
        (UNANSWERED, "hold", ("没有应答悬停", "按住返航：返航不要控制权"), ("did not answer the hold", "needs no control")),
        (UNANSWERED, "return", ("没有应答返航", "遥控器接手"), ("did not answer the return", "by radio")),
        (REFUSED, "hold", ("不肯悬停：它不接受这条指令", "返航不要控制权", '"No GPS"'), ("refused to hold", '"No GPS"')),
        (REFUSED, "return", ("不肯返航", "遥控器接手"), ("refused to return", "by radio")),
        (
            LeaseHeld(state="held", action="command", vehicle="v", holder="流溪甲线", until="2026-01-01T00:00:00Z"),
            "hold", ("流溪甲线 正在控制", "接管并悬停"), ("流溪甲线 commands",),
        ),
    ],
)  # fmt: skip
def test_a_person_is_told_what_was_not_obeyed_and_what_to_do(
    fault: MumianError, do: str, zh: tuple[str, ...], en: tuple[str, ...]
) -> None:
    told = _in_page_words(fault, do)
    assert (told.code, told.status) == (fault.code, fault.status)
    assert all(part in told.say("zh") for part in zh), told.say("zh")
    assert all(part in told.say("en") for part in en), told.say("en")


def test_other_faults_stay_as_they_are() -> None:
    fault = NotFound(what="vehicle", id="1-1")
    assert _in_page_words(fault, "hold") is fault
