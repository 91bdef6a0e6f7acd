"""What pages and API may ask of the running service: health, ingest, news of transitions, metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.errors import Unavailable
from mumian.core.observe import device as protocol
from mumian.core.observe.records import Record, Refused
from mumian.service.incoming import Batch, Incoming

if TYPE_CHECKING:
    from mumian.core.kernel.settings import Settings
    from mumian.service.pipeline import Pipeline

INGEST_TIMEOUT_S = 30.0
BACKLOG_MAX = 200_000


class Live:
    """One object per service, handed to web."""

    def __init__(
        self,
        settings: Settings,
        pipeline: Pipeline,
        probes: Mapping[str, Callable[[], Mapping[str, Any]]],
        posts: Mapping[str, Any] | None = None,
    ) -> None:
        self.settings = settings
        self.posts: Mapping[str, Any] = posts or {}
        self._pipeline = pipeline
        self._probes = probes
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None
        self.newest = 0
        self.started = time.monotonic()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called once on the loop that serves."""
        self._loop, self._news = loop, asyncio.Event()

    def health(self) -> dict[str, Mapping[str, Any]]:
        """Each part's state: {"postgres": {"ok": True}, …}."""
        return {name: probe() for name, probe in self._probes.items()}

    def tell(self, transition: int) -> None:
        """From any thread: transition `transition` is committed."""
        self.newest = max(self.newest, transition)
        if self._loop is not None and self._news is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    async def wait_transition(self, after: int, timeout_s: float = 15.0) -> None:
        """Returns when a transition above `after` may exist, or after `timeout_s`."""
        assert self._news is not None
        until = time.monotonic() + timeout_s
        while self.newest <= after:
            left = until - time.monotonic()
            if left <= 0:
                return
            self._news.clear()
            if self.newest > after:
                return
            try:
                await asyncio.wait_for(self._news.wait(), min(left, 1.0))
            except TimeoutError:
                continue

    async def ingest(self, observations: list[Any], received_us: int) -> dict[str, Any]:
        """An HTTP batch through the same pipeline; returns when all of it is durable.

        observations: objects with device, seq, time, values, or with device and `refused`, whose number is used up all the same.
        Raises Unavailable when the disk is nearly full or the
        backlog too long: nothing of the batch is acknowledged then, send it again later.
        """
        if not observations:
            return {"accepted": 0, "duplicate": 0, "quarantined": []}
        if len(self._pipeline.bulk) + len(observations) > BACKLOG_MAX:
            raise Unavailable(
                part="ingest", detail="the backlog is full; send the batch again in some seconds"
            )
        batch = Batch(len(observations))
        self._pipeline.bulk.put(
            *(
                Incoming(str(o.device), "obs", None, received_us, batch=batch, index=i,
                         record=_record(o, received_us))
                for i, o in enumerate(observations)
            )
        )  # fmt: skip
        try:
            result = await asyncio.wait_for(asyncio.wrap_future(batch.future), INGEST_TIMEOUT_S)
        except TimeoutError:
            raise Unavailable(
                part="ingest", detail="the database did not answer in time; send the batch again"
            ) from None
        if result.pop("shed"):
            raise Unavailable(
                part="ingest", detail="the disk is nearly full, telemetry is not taken; free space first"
            )
        return result

    def metrics_text(self) -> str:
        """Prometheus text exposition."""
        counts = dict(self._pipeline.counts)
        lines = ["# HELP mumian_messages_total Messages by outcome.", "# TYPE mumian_messages_total counter"]
        lines += [f'mumian_messages_total{{outcome="{name}"}} {n}' for name, n in sorted(counts.items())]
        lines += ["# HELP mumian_backlog Messages not yet durable.", "# TYPE mumian_backlog gauge"]
        lines += [
            f'mumian_backlog{{lane="{lane.name}"}} {len(lane)}'
            for lane in (self._pipeline.urgent, self._pipeline.bulk)
        ]
        lines += ["# HELP mumian_part_up Whether a part is up.", "# TYPE mumian_part_up gauge"]
        lines += [
            f'mumian_part_up{{part="{name}"}} {int(state["ok"])}' for name, state in self.health().items()
        ]
        return "\n".join(lines) + "\n"


def _record(sent: Any, received_us: int) -> Record | Refused:
    refused: Refused | None = getattr(sent, "refused", None)
    return refused or protocol.observation(sent.device, sent.seq, sent.time, sent.values, received_us)
