"""What the web asks of the running service; the service brings it, tests bring a stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mumian.core.kernel.settings import Settings


class Live(Protocol):
    """The running parts behind the pages."""

    settings: Settings
    posts: Mapping[str, Any]

    def health(self) -> Mapping[str, Mapping[str, Any]]:
        """Each part's state: {"postgres": {"ok": True, …}, …}."""
        ...

    async def ingest(self, observations: list[Any], received_us: int) -> Mapping[str, Any]:
        """Store objects with device, seq, time, values; returns once all is durable. Raises Unavailable when overloaded."""
        ...

    async def wait_transition(self, after: int) -> None:
        """Return when a transition numbered above `after` may exist."""
        ...

    def metrics_text(self) -> str:
        """Prometheus text of the whole service."""
        ...
