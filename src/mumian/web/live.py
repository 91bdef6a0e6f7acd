"""What the web asks of the running service; the service brings it, tests bring a stand-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mumian.core.kernel.settings import Settings


class Live(Protocol):
    """The running parts behind the pages."""

    settings: Settings

    def health(self) -> Mapping[str, Mapping[str, Any]]:
        """Each part's state: {"postgres": {"ok": True, …}, …}."""
        ...

    async def ingest(self, observations: Sequence[Mapping[str, Any]], received_us: int) -> Mapping[str, Any]:
        """Store what may be stored; returns only once it is durable. Raises Unavailable when overloaded."""
        ...

    async def wait_transition(self, after: int) -> None:
        """Return when a transition numbered above `after` may exist."""
        ...

    def metrics_text(self) -> str:
        """Prometheus text of the whole service."""
        ...
