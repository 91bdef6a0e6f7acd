"""The batch way in: bare Starlette and msgspec, since it carries 100,000 rows a second. 2xx only once all is durable.

What cannot be an observation at all is quarantined here with its index; everything else is judged by core.observe.
"""

from __future__ import annotations

import asyncio
import json as lenient
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from mumian.core.kernel.errors import BadInput
from mumian.core.observe import quarantine
from mumian.core.observe.device import SEQ_MAX
from mumian.core.observe.records import Refused
from mumian.web import permissions
from mumian.web.site import Site, json, principal_of

PATH = "/api/ingest/observations"
MOST = 100_000


class Observed(msgspec.Struct):
    """One observation as sent."""

    device: str
    seq: int
    time: int | float | str
    values: dict[str, Any]


class Broken(msgspec.Struct):
    """One that is no observation but names device and number: the number is used up, so that what follows is not held back."""

    device: str
    refused: Refused


class Batch(msgspec.Struct):
    """A whole batch in which every item has its shape."""

    observations: list[Observed]


_WHOLE = msgspec.json.Decoder(Batch)
OPENAPI: dict[str, Any] = {
    "post": {
        "tags": ["ingest"],
        "summary": "Store a batch of observations",
        "description": "Answers 2xx only when all of it is durable. Role gateway. At most 100,000 observations a call.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": {
            "type": "object", "required": ["observations"], "properties": {"observations": {"type": "array", "items": {
                "type": "object", "required": ["device", "seq", "time", "values"], "properties": {
                    "device": {"type": "string"}, "seq": {"type": "integer", "minimum": 1},
                    "time": {"oneOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]},
                    "values": {"type": "object", "additionalProperties": {"type": ["number", "boolean"]}}}}}}}}}},
        "responses": {
            "200": {"description": "Durable", "content": {"application/json": {"schema": {
                "type": "object", "properties": {
                    "accepted": {"type": "integer"}, "duplicate": {"type": "integer"},
                    "quarantined": {"type": "array", "items": {"type": "object", "properties": {
                        "index": {"type": "integer"}, "reason": {"type": "string"}, "message": {"type": "string"}}}}}}}}},
            "401": {"description": "No token"}, "403": {"description": "Not a gateway's token"},
            "422": {"description": "Not a batch"}, "503": {"description": "Overloaded: send it again later"}},
    }
}  # fmt: skip


def mount(site: Site) -> None:
    """Mount the call and describe it."""
    site.bare("POST", PATH, permissions.INGEST, _Ingest(site).take)


class _Ingest:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def take(self, request: Request) -> Response:
        received_us = self._site.clock.now_us()
        raw = await request.body()
        try:
            whole: list[Any] = _WHOLE.decode(raw).observations
            bad: dict[int, str] = {}
        except (msgspec.MsgspecError, UnicodeDecodeError):
            whole, bad = await self._sort_out(raw, principal_of(request).actor, received_us)
        if len(whole) + len(bad) > MOST:
            raise BadInput(detail=f"{len(whole) + len(bad)} observations: at most {MOST} a call")
        places = [i for i in range(len(whole) + len(bad)) if i not in bad]
        done = dict(await self._site.live.ingest(whole, received_us))
        refused = [{**row, "index": places[row["index"]]} for row in done["quarantined"]]
        refused += [{"index": index, "reason": "malformed", "message": why} for index, why in bad.items()]
        return json({**done, "quarantined": sorted(refused, key=lambda row: row["index"])})

    async def _sort_out(self, raw: bytes, actor: str, received_us: int) -> tuple[list[Any], dict[int, str]]:
        """The items that can be numbered, and why each other cannot; those are kept in quarantine here."""
        listed = _listed(raw)
        if listed is None:
            why = 'not JSON of the form {"observations": […]}: nothing of it was stored'
            await self._keep(actor, [(None, why, raw)], received_us)
            raise BadInput(detail=why)
        good: list[Any] = []
        bad: dict[int, str] = {}
        kept: list[tuple[object, str, bytes]] = []
        for index, item in enumerate(listed):
            try:
                good.append(msgspec.convert(item, Observed))
            except msgspec.ValidationError as fault:
                why, sent = f"{fault}: give device, seq, time and values", lenient.dumps(item).encode()[:2048]
                if numbered := _numbered(item):
                    refused = Refused(*numbered, received_us, "malformed", why, sent)
                    good.append(Broken(numbered[0], refused))
                else:
                    bad[index] = why
                    kept.append((item.get("device") if isinstance(item, dict) else None, why, sent))
        await self._keep(actor, kept, received_us)
        return good, bad

    async def _keep(self, actor: str, kept: list[tuple[object, str, bytes]], received_us: int) -> None:
        rows = [
            Refused(str(device or f"http:{actor}"), None, received_us, "malformed", why, raw)
            for device, why, raw in kept
        ]

        def write() -> None:
            with self._site.store.tx() as cur:
                quarantine.write(cur, rows)

        if rows:
            await asyncio.to_thread(write)


def _numbered(item: object) -> tuple[str, int] | None:
    """Device and number of an item that is broken elsewhere."""
    if not isinstance(item, dict):
        return None
    device, seq = item.get("device"), item.get("seq")
    sound = (
        isinstance(device, str) and isinstance(seq, int) and not isinstance(seq, bool) and 1 <= seq <= SEQ_MAX
    )
    return (str(device), int(str(seq))) if sound else None


def _listed(raw: bytes) -> list[Any] | None:
    """The batch's items as Python's own reader sees them: it takes NaN, which core.observe then refuses by name."""
    try:
        whole = lenient.loads(raw)
    except (ValueError, RecursionError):
        return None
    listed = whole.get("observations") if isinstance(whole, dict) else None
    return listed if isinstance(listed, list) else None
