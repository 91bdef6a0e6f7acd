"""Hold and return by a person at a page, on a vehicle that the watch hears.

A hold needs the vehicle's lease and takes it over only when told to; a return is an emergency order and needs none. Each is in the
lease's audit before it leaves, and in the sealed events with what came of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from mumian.core.kernel.errors import BadInput, MumianError
from mumian.scenarios.powerline.act.flight.connection import Connection
from mumian.scenarios.powerline.act.flight.lease import LeaseFile
from mumian.scenarios.powerline.act.flight.refusals import CommandRefused, CommandUnanswered, LeaseHeld
from mumian.scenarios.powerline.act.flight.remote import Remote

if TYPE_CHECKING:
    from mumian.core.kernel.clock import Clock
    from mumian.scenarios.powerline.observe.fleet.craft import Craft
    from mumian.scenarios.powerline.observe.fleet.watch import Watch

Do = Literal["hold", "return", "release"]
_LONGEST_S = 60.0  # five tries, and an autopilot that says "in progress"


class HeldByAnother(LeaseHeld):
    """The same, in the words of a page."""

    zh = "{holder} 正在控制这架飞行器。确要由您来控制，请按住“接管并悬停”；接管会记录在案"
    en = "{holder} commands this vehicle. To command it yourself, hold “Take over and hold”; that is on the record"


class HoldUnanswered(CommandUnanswered):
    """What a dispatcher needs to know of it, and what is left to be tried."""

    zh = "飞行器没有应答悬停，可能仍在飞。看它的模式和速度；可再按一次悬停，或按住返航：返航不要控制权（{times} 次，{command}）"
    en = (
        "The vehicle did not answer the hold and may still be flying. Watch its mode and speed; hold “Hold” once more, or “Return”,"
        " which needs no control ({times} times, {command})"
    )


class ReturnUnanswered(CommandUnanswered):
    """The emergency order got no answer: what is left is beside the vehicle."""

    zh = "飞行器没有应答返航，可能没有照做。看它的模式和位置；再按住一次返航，并通知现场用遥控器接手（{times} 次，{command}）"
    en = (
        "The vehicle did not answer the return and may not obey. Watch its mode and position; hold “Return” once more, and have the"
        " crew on site take over by radio ({times} times, {command})"
    )


class OrderRefused(CommandRefused):
    """The autopilot said no."""

    zh = "飞行器不肯{order_zh}：{why_zh}。{next_zh}（{command}，{result}{said}）"
    en = "The vehicle refused to {order_en}: {why_en}. {next_en} ({command}, {result}{said})"


_ORDER = {"hold": ("悬停", "hold"), "return": ("返航", "return")}
_WHY = {
    "MAV_RESULT_TEMPORARILY_REJECTED": ("现在不行，比如没有解锁", "not now, as when it is not armed"),
    "MAV_RESULT_DENIED": ("它不接受这条指令", "it does not accept this order"),
    "MAV_RESULT_UNSUPPORTED": ("它不认识这条指令", "it does not know this order"),
}
_WHY_ELSE = ("见括号里它的原话", "its own words are in brackets")
_NEXT = {
    "hold": (
        "如果它还在飞，按住返航：返航不要控制权",
        "If it still flies, hold “Return”, which needs no control",
    ),
    "return": (
        "如果它还在飞，通知现场用遥控器接手",
        "If it still flies, have the crew on site take over by radio",
    ),
}


def give(
    watch: Watch, clock: Clock, key: str, do: str, by: str, *, take_over: bool, name: str = ""
) -> Mapping[str, Any]:
    """Give the order and wait for its end; runs in a thread of the web. `by` is who orders, `name` how people call them.

    Raises HeldByAnother, CommandRefused with the autopilot's words, CommandUnanswered, or NotFound for a vehicle nobody hears.
    """
    if do not in get_args(Do):
        raise BadInput(detail=f"do={do[:20]!r}: one of {', '.join(get_args(Do))} is meant")
    craft = watch.craft(key)
    lease = LeaseFile(craft.name, by, clock, words=name or None)
    if do == "release":
        lease.give_back()
        return {"result": "released"}
    ordering = asyncio.run_coroutine_threadsafe(
        _ordered(craft, lease, cast("Do", do), take_over=take_over), watch.loop
    )
    try:
        ordering.result(_LONGEST_S)
    except MumianError as fault:
        watch.note(
            craft,
            (
                "order",
                {
                    "order": do,
                    "by": by,
                    "taken_over": take_over,
                    "outcome": fault.code,
                    "said": fault.say("en"),
                },
            ),
        )
        raise _in_page_words(fault, do) from None
    watch.note(craft, ("order", {"order": do, "by": by, "taken_over": take_over, "outcome": "acknowledged"}))
    return {"result": "acknowledged"}


def holder(clock: Clock, name: str) -> dict[str, Any] | None:
    """Who commands the vehicle of this name, as the page shows it."""
    held = LeaseFile(name, "", clock).held()
    return (
        None
        if held is None
        else {
            "holder": held.who,
            "since_us": held.since_us,
            "until_us": held.until_us,
            "taken_from": held.taken_from,
        }
    )


async def _ordered(craft: Craft, lease: LeaseFile, do: Do, *, take_over: bool) -> None:
    """On the watch's loop. The vehicle is copied: the order's own connection folds every message a second time."""
    connection = Connection(craft.link, replace(craft.vehicle, seen=dict(craft.vehicle.seen)))
    try:
        if take_over:
            lease.take(take_over=True)
        remote = Remote(connection, lease)
        await (remote.hold() if do == "hold" else remote.return_home())
    finally:
        connection.close()


def _in_page_words(fault: MumianError, do: str) -> MumianError:
    if isinstance(fault, LeaseHeld):
        return HeldByAnother(**fault.facts)
    if isinstance(fault, CommandUnanswered):
        return (HoldUnanswered if do == "hold" else ReturnUnanswered)(**fault.facts)
    if isinstance(fault, CommandRefused):
        pairs = {"order": _ORDER[do], "why": _WHY.get(fault.facts["result"], _WHY_ELSE), "next": _NEXT[do]}
        both = {
            f"{name}_{lang}": word
            for name, pair in pairs.items()
            for lang, word in zip(("zh", "en"), pair, strict=True)
        }
        return OrderRefused(**fault.facts, **both)
    return fault
