"""One vehicle at the other end of a link: picks it, folds what it says, keeps its texts. Every service speaks through it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable

from mumian.scenarios.powerline.act.flight.refusals import NobodyThere, SeveralThere
from mumian.scenarios.powerline.observe.mavlink.codec import Message
from mumian.scenarios.powerline.observe.mavlink.link import Handler, Link
from mumian.scenarios.powerline.observe.mavlink.texts import Texts
from mumian.scenarios.powerline.observe.mavlink.vehicle import Vehicle, is_vehicle

_TEXTS_KEPT = 200
_ALONE_S = 1.2  # a heartbeat comes every second: by then a second vehicle on the link has been heard
_ADDRESSED = frozenset(
    {
        "MISSION_REQUEST_INT",
        "MISSION_REQUEST",
        "MISSION_ACK",
        "MISSION_COUNT",
        "MISSION_ITEM_INT",
        "COMMAND_ACK",
    }
)


class Connection:
    """The link, the vehicle's state, and its texts with the loop's time at which each came."""

    def __init__(self, link: Link, vehicle: Vehicle) -> None:
        self.link, self.vehicle = link, vehicle
        self.texts: deque[tuple[float, int, str]] = deque(
            maxlen=_TEXTS_KEPT
        )  # (loop time, MAV_SEVERITY, text)
        self.beat_at = asyncio.get_running_loop().time()
        self.foreign = 0  # messages of other systems
        self._parts = Texts()
        self.close = link.on(("*",), self._heard)  # hears no more; the link stays open

    @property
    def address(self) -> tuple[int, int]:
        """(system, component) to write into a message's target."""
        return self.vehicle.system, self.vehicle.component

    def send(self, message: Message) -> None:
        self.link.send(message, self.vehicle.system)

    def on(self, names: tuple[str, ...], handler: Handler) -> Callable[[], None]:
        """As Link.on, for messages of this vehicle that are meant for us or for everybody."""
        return self.link.on(names, lambda message: handler(message) if self._is_ours(message) else None)

    def said_since(self, at: float, severity: int = 4) -> list[str]:
        """The vehicle's texts of at least this severity (MAV_SEVERITY_WARNING is 4, less is worse) since loop time `at`."""
        said = [text for when, level, text in self.texts if when >= at and level <= severity]
        return list(dict.fromkeys(said))

    def _is_ours(self, message: Message) -> bool:
        if not self.vehicle.is_from(message):
            return False
        if message.get_type() not in _ADDRESSED:  # a camera's target_system, say, is the camera's own
            return True
        system, component = getattr(message, "target_system", 0), getattr(message, "target_component", 0)
        codec = self.link.codec
        return system in (0, codec.system) and component in (0, codec.component)

    def _heard(self, message: Message) -> None:
        if not self.vehicle.is_from(message):
            self.foreign += message.get_srcSystem() != self.vehicle.system
            if message.get_srcSystem() != self.vehicle.system or message.get_type() != "STATUSTEXT":
                return
        self.vehicle.heard(message)
        name = message.get_type()
        if name == "HEARTBEAT":
            self.beat_at = asyncio.get_running_loop().time()
        elif name == "STATUSTEXT":
            self._text(message)

    def _text(self, message: Message) -> None:
        said = self._parts.whole(message)
        if said:
            self.texts.append((asyncio.get_running_loop().time(), message.severity, said))


@contextlib.asynccontextmanager
async def connected(link: Link, url: str, system: int | None, wait_s: float) -> AsyncIterator[Connection]:
    """The one vehicle heard (or the one of this system id); NobodyThere after `wait_s`.

    Several vehicles without a system id are refused: which of them to arm is nobody's to guess.
    """
    found: dict[int, Message] = {}
    others: set[int] = set()
    first = asyncio.Event()

    def heard(message: Message) -> None:
        if not is_vehicle(message):
            return
        if system is not None and message.get_srcSystem() != system:
            others.add(message.get_srcSystem())
        else:
            found.setdefault(message.get_srcSystem(), message)
            first.set()

    off = link.on(("HEARTBEAT",), heard)
    try:
        await asyncio.wait_for(first.wait(), wait_s)
        if system is None:
            await asyncio.sleep(_ALONE_S)
    except TimeoutError:
        raise NobodyThere(url=url, seconds=wait_s, also=_also(link, system, others)) from None
    finally:
        off()
    if len(found) > 1:
        raise SeveralThere(url=url, systems=", ".join(map(str, sorted(found))))
    beat = next(iter(found.values()))
    vehicle = Vehicle(beat.get_srcSystem(), beat.get_srcComponent())
    vehicle.heard(beat)
    yield Connection(link, vehicle)


def _also(link: Link, system: int | None, others: set[int]) -> str:
    """What was heard instead, for the sentence that nobody was."""
    said = f" (heard system {', '.join(map(str, sorted(others)))}, asked for {system})" if others else ""
    refused = ", ".join(f"{count} {reason}" for reason, count in link.refused.items())
    return said + (f" ({refused} frames were refused)" if refused else "")
