"""Where the watch listens, and what origin is believed of whoever speaks there: MUMIAN_VEHICLES.

The origin comes from this setting alone. No message can improve it, and without a word it is simulation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.observe.mavlink.endpoint import Endpoint, parse

Origin = Literal["field", "replay", "simulation"]


@dataclass(frozen=True, slots=True)
class Source:
    """One address with the origin of the vehicles behind it; `number` counts from 1 in the setting."""

    number: int
    endpoint: Endpoint
    origin: Origin


def sources(listed: Sequence[str]) -> tuple[Source, ...]:
    """`ADDRESS` or `ADDRESS=ORIGIN` each; BadInput for another origin or an address named twice."""
    made: list[Source] = []
    for number, text in enumerate(listed, 1):
        address, _, origin = text.partition("=")
        if (origin or "simulation") not in get_args(Origin):
            raise BadInput(
                detail=f"MUMIAN_VEHICLES: {text!r}: the origin is one of {', '.join(get_args(Origin))}"
            )
        endpoint = parse(address)
        if any(source.endpoint == endpoint for source in made):
            raise BadInput(detail=f"MUMIAN_VEHICLES names {endpoint} twice")
        made.append(Source(number, endpoint, cast("Origin", origin or "simulation")))
    return tuple(made)
