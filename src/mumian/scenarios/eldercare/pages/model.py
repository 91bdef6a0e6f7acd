"""What the pages look at, as plain frozen values: `reads` fills them from the store, tests write them by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from mumian.core.kernel.clock import SECOND_US

BLIND_INTERVALS = 3  # as core.observe: silent for three expected intervals is blind


@dataclass(frozen=True, slots=True)
class Band:
    """The device that somebody wears, as it was last heard."""

    device: str
    kind: str = "band"
    origin: str = "field"
    expected_s: int = 10
    last_seen_us: int | None = None
    worn: bool | None = None
    battery_percent: float | None = None
    blind_since_us: int | None = None

    def blind_us(self, now_us: int) -> int | None:
        """Since when nothing has come; None while it speaks. A band that never spoke is blind since 0."""
        if self.blind_since_us is not None:
            return self.blind_since_us
        seen = self.last_seen_us or 0
        return seen if now_us - seen > BLIND_INTERVALS * self.expected_s * SECOND_US else None

    def state(self, now_us: int) -> str:
        """alive, unworn or blind."""
        if self.blind_us(now_us) is not None:
            return "blind"
        return "unworn" if self.worn is False else "alive"


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who lives here, with the bed and the band of this moment."""

    id: str
    name: str
    born: date | None = None
    care_level: int = 1
    bed: str | None = None
    bed_name: str = ""
    room: str | None = None
    room_name: str = ""
    floor: str | None = None
    floor_name: str = ""
    admitted_us: int = 0
    departed_us: int | None = None
    band: Band | None = None

    def state(self, now_us: int) -> str:
        """What is known of her through her band: alive, unworn, blind or none."""
        return self.band.state(now_us) if self.band else "none"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the register."""

    id: str
    kind: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """One of the staff."""

    id: str
    name: str
    role: str
    floors: tuple[str, ...] = ()
    left_us: int | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift of one of the staff."""

    staff: str
    from_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Home:
    """The part of the register that a page shows, within the reader's floors."""

    name: str = ""
    spots: Sequence[Spot] = ()
    residents: Sequence[Resident] = ()
    staff: Sequence[Worker] = ()
    duties: Sequence[Duty] = ()
    by_id: Mapping[str, Spot] = field(init=False)
    people: Mapping[str, Resident] = field(init=False)
    workers: Mapping[str, Worker] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {spot.id: spot for spot in self.spots})
        object.__setattr__(self, "people", {resident.id: resident for resident in self.residents})
        object.__setattr__(self, "workers", {worker.id: worker for worker in self.staff})

    def within(self, place: str | None, kind: str) -> Spot | None:
        """The nearest place of `kind` that holds `place`, itself included."""
        spot = self.by_id.get(place or "")
        for _ in range(8):  # building, floor, room, bed and some to spare: a cycle ends here too
            if spot is None or spot.kind == kind:
                return spot
            spot = self.by_id.get(spot.parent or "")
        return None

    def floors(self) -> list[Spot]:
        """Floors in the order of their names, numbers as numbers."""
        return sorted((spot for spot in self.spots if spot.kind == "floor"), key=order)


def order(spot: Spot) -> tuple[list[tuple[int, int, str]], str]:
    """Sort key that puts 2 before 10, 309 before 310 and 三楼 before 十楼."""
    numeral = chinese_number(spot.name)
    if numeral is not None:
        return [(0, numeral, "")], spot.id
    parts: list[tuple[int, int, str]] = []
    digits = letters = ""
    for sign in f"{spot.name} ":
        if sign.isdecimal():
            if letters:
                parts.append((1, 0, letters))
                letters = ""
            digits += sign
        else:
            if digits:
                parts.append((0, int(digits), ""))
                digits = ""
            letters += sign
    parts.append((1, 0, letters.strip()))
    return parts, spot.id


_DIGITS = {sign: n for n, sign in enumerate("零一二三四五六七八九")} | {"两": 2}


def chinese_number(text: str) -> int | None:
    """The number that `text` begins with in Chinese numerals: 三楼 → 3, 十二层 → 12; None without one. 负一 is -1."""
    sign, rest = (
        (-1, text[2:] if text.startswith("地下") else text[1:])
        if text[:1] == "负" or text[:2] == "地下"
        else (1, text)
    )
    found = "".join(
        rest[: next((i for i, c in enumerate(rest) if c not in _DIGITS and c != "十"), len(rest))]
    )
    if not found:
        return None
    tens, _, ones = found.rpartition("十")
    if "十" in found:
        return sign * (10 * (_DIGITS.get(tens[-1:], 1) if tens else 1) + _DIGITS.get(ones[-1:], 0))
    return sign * _DIGITS[found[-1]]
