"""Whatever arrives becomes records or is refused with its reason; no byte ends the hearing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mumian.core.observe.records import Event, Observation, Refused, Reply, Waveform
from mumian.scenarios.newhouse import observe

HEARD = (Event, Observation, Refused, Reply, Waveform)


@given(rest=st.text(max_size=40), payload=st.binary(max_size=200), kind=st.none() | st.text(max_size=8))
def test_no_message_ends_the_hearing(rest: str, payload: bytes, kind: str | None) -> None:
    for first, adapter in observe.ADAPTERS.items():
        device, records = adapter(f"{first}/{rest}", payload, 1_800_000_000_000_000, lambda _: kind)
        assert isinstance(device, str)
        assert all(isinstance(record, HEARD) for record in records)
        assert all(record.message for record in records if isinstance(record, Refused))
