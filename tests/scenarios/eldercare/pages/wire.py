"""What tests of these pages send and stand in for: forms with their token, a service that obeys."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from starlette.testclient import TestClient

ORIGIN = "http://127.0.0.1:8000"
PASSWORD = "kapok-red-on-grey-7"


class StillLive:
    """A service in which every part is well and nothing moves by itself."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def health(self) -> Mapping[str, Mapping[str, Any]]:
        return {"postgres": {"ok": True}}

    async def ingest(self, observations: list[Any], received_us: int) -> Mapping[str, Any]:
        return {"accepted": len(observations), "duplicate": 0, "quarantined": []}

    async def wait_transition(self, after: int) -> None:
        await asyncio.sleep(1.0)  # each round asks the database, and tests share two cores

    def metrics_text(self) -> str:
        return ""


def post(client: TestClient, page: str, path: str, **fields: Any) -> Any:
    """Read `page` for its token, then send the form to `path` as a browser would."""
    token = re.search(r'<meta name="csrf" content="([^"]*)">', client.get(page).text)
    assert token
    return client.post(
        path,
        data={"csrf": token[1], **fields},
        headers={"Origin": ORIGIN, "Referer": ORIGIN + page, "Accept": "text/html"},
    )
