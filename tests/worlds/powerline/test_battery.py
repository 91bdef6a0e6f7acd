"""The vehicle's battery: warned of, flown home with, landed with, and a full one at the station."""

from __future__ import annotations

from mumian.worlds.powerline.battery import Battery
from mumian.worlds.powerline.flight_model import Multirotor


def at(battery: Battery, percent: float) -> tuple[str, str] | None:
    battery.craft.battery_wh = battery.craft.capacity_wh * percent / 100
    word = battery.step(1.0, armed=True)
    return word and (word.mode, word.text.split(":")[0])


def test_each_step_is_taken_once_a_flight() -> None:
    battery = Battery(Multirotor())
    told = [at(battery, percent) for percent in (100, 26, 25, 24, 15, 14, 16, 7, 3, 0)]
    assert [word for word in told if word] == [
        ("", "Battery 1 low"), ("return", "Battery 1 critical"), ("land", "Battery 1 emergency"),
    ]  # fmt: skip
    battery.step(1.0, armed=False)
    assert at(battery, 10) == ("return", "Battery 1 critical")


def test_it_gets_a_full_one_when_it_has_stood_long_enough_and_does_not_arm_before() -> None:
    battery = Battery(Multirotor(), swap_s=90)
    at(battery, 31)
    assert battery.awaits_swap
    assert not battery.can_arm
    assert not any(battery.step(1.0, armed=False) for _ in range(60))
    at(battery, 30)  # up once more: the waiting begins anew
    assert not any(battery.step(1.0, armed=False) for _ in range(89))
    word = battery.step(1.0, armed=False)
    assert word is not None
    assert "swapped" in word.text
    assert battery.can_arm
    assert not battery.awaits_swap
    assert battery.craft.battery_percent == 100


def test_without_a_station_nothing_is_given() -> None:
    battery = Battery(Multirotor())
    at(battery, 31)
    assert not any(battery.step(60.0, armed=False) for _ in range(60))
    assert battery.craft.battery_percent == 31
