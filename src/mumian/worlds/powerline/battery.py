"""The battery as the vehicle's autopilot minds it in flight, and the station that gives it a full one while it stands.

Steps as PX4's COM_LOW_BAT_ACT = 3 has them (a warning, return, land), at percentages of our own. They are taken once a flight: whoever
orders otherwise afterwards is obeyed, until the next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mumian.worlds.powerline.flight_model import Multirotor

FULL_PERCENT = 95  # from here on nobody changes it
ARM_PERCENT = 40  # below it the autopilot does not arm
_STEPS: tuple[tuple[int, str, Literal["", "return", "land"]], ...] = (
    (25, "Battery 1 low: {percent}% left", ""),
    (15, "Battery 1 critical: {percent}% left, failsafe RTL", "return"),
    (7, "Battery 1 emergency: {percent}% left, failsafe LAND", "land"),
)


@dataclass(frozen=True, slots=True)
class Word:
    """What is said, how gravely, and the mode that the autopilot goes into with it ("" for none)."""

    text: str
    is_grave: bool = False
    mode: Literal["", "return", "land"] = ""


@dataclass
class Battery:
    """Minds one craft's battery; swap_s: seconds of its own time for which it stands until it has a full one, 0 for never."""

    craft: Multirotor
    swap_s: float = 0.0
    _taken: int = 0
    _stood_s: float = 0.0

    @property
    def can_arm(self) -> bool:
        return self.craft.battery_percent >= ARM_PERCENT

    @property
    def awaits_swap(self) -> bool:
        """It stands with less than a full one, and will get another."""
        return self.swap_s > 0 and self.craft.battery_percent < FULL_PERCENT

    def step(self, seconds: float, *, armed: bool) -> Word | None:
        """Let time pass; what falls due, if anything does."""
        return self._fly() if armed else self._stand(seconds)

    def _fly(self) -> Word | None:
        self._stood_s, percent = 0.0, self.craft.battery_percent
        reached = sum(percent <= at for at, _, _ in _STEPS)
        if reached <= self._taken:
            return None
        self._taken = reached
        _, text, mode = _STEPS[reached - 1]
        return Word(text.format(percent=percent), is_grave=True, mode=mode)

    def _stand(self, seconds: float) -> Word | None:
        self._taken = 0
        if not self.awaits_swap:
            return None
        self._stood_s += seconds
        if self._stood_s < self.swap_s:
            return None
        self.craft.battery_wh, self._stood_s = self.craft.capacity_wh, 0.0
        return Word("Battery 1 swapped at the station: 100%")
