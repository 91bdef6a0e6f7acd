"""The indicator board of the home: every house's figures with bound, n, origin, digest; computed anew on a press.

There is no field here into which a number could be typed.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from mumian.core.kernel.errors import MumianError
from mumian.core.kernel.words import Words
from mumian.core.prove import export, figures
from mumian.core.scenario import Scenario
from mumian.core.store import ledger, telemetry
from mumian.web import board_lines, faults, permissions
from mumian.web.board_detail import detail
from mumian.web.board_lines import Row
from mumian.web.board_words import VERDICTS
from mumian.web.mounting import Typed, form_of, redirect
from mumian.web.site import Site, visitor_of

PATH = "/indicators"


def mount(site: Site) -> None:
    """Mount the board, computing anew and the export."""
    board = Board(site)
    site.form("GET", PATH, permissions.INDICATOR_READ, board.show)
    site.form("POST", PATH, permissions.INDICATOR_READ, board.recompute)
    site.form("POST", f"{PATH}/export", permissions.INDICATOR_READ, board.export)


def context(
    houses: Sequence[Scenario],
    rows: Sequence[Row],
    chosen: str,
    now_us: int,
    w: Words,
    *,
    tree: tuple[int, str],
) -> dict[str, Any]:
    """Board and detail of `chosen`, else of the first. `rows`: as `mumian indicators --json` prints them; `tree`: size and root."""
    groups = board_lines.groups(houses, rows, w)
    found = [(line, group.house) for group in groups for line in group.lines]
    selected = next((pair for pair in found if pair[0].id == chosen), found[0] if found else None)
    verdicts = [line.verdict for line, _ in found]
    return {
        "groups": groups,
        "selected": selected[0] if selected else None,
        "detail": detail(selected[0], selected[1].remark, now_us, w) if selected else None,
        "tally": [
            (code, w(word), w(about), verdicts.count(code)) for code, (word, about) in VERDICTS.items()
        ],
        "n": len(found),
        "tree": w("日志树 {n} 条", n=w.figure(tree[0])),
        "root": tree[1],
    }


class Board:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """GET /indicators?id=."""
        return await self._page(request, request.query_params.get("id", ""), {})

    async def recompute(self, request: Request) -> Response:
        """POST /indicators: seal what is open, then compute and sign every figure of this home anew."""
        chosen = Typed(await form_of(request)).id
        made = await asyncio.to_thread(self._recompute)
        w = self._site.words.sentences(visitor_of(request).lang)
        said = w("{n} 个数已重新计算并签名", n=made) if made else w("还没有可算的：没有封存的记录")
        return redirect(request, f"{PATH}?{urlencode({'id': chosen})}" if chosen else PATH, said)

    async def export(self, request: Request) -> Response:
        """POST /indicators/export: the signed figure with its proofs, to keep and to check elsewhere."""
        form = Typed(await form_of(request))
        try:
            exported = await asyncio.to_thread(self._exported, form.figure, form.id or "figure")
        except MumianError as fault:
            if not faults.wants_page(request):
                raise
            error = faults.spoken(self._site, fault, visitor_of(request).lang)
            return await self._page(request, form.id, {"error": error}, fault.status)
        return await self._page(request, form.id, {"exported": exported})

    def _recompute(self) -> int:
        site = self._site
        telemetry.seal(site.store, "events", force=True)
        return len(
            figures.compute(site.store, site.clock, [i for house in site.scenarios for i in house.indicators])
        )

    def _exported(self, figure: str, name: str) -> Mapping[str, object]:
        text = json.dumps(export.document(self._site.store, figure), ensure_ascii=False, indent=1)
        link = "data:application/json;base64," + base64.b64encode(text.encode()).decode()
        return {"name": f"{name}.json", "link": link}

    async def _page(
        self, request: Request, chosen: str, more: Mapping[str, Any], status: int = 200
    ) -> Response:
        w = self._site.words.sentences(visitor_of(request).lang)
        shown = await asyncio.to_thread(self._context, chosen, w)
        return await self._site.page(request, "board.html", {**shown, **more}, title=w("指标"), status=status)

    def _context(self, chosen: str, w: Words) -> dict[str, Any]:
        site = self._site
        size, root = ledger.head(site.store)
        rows = figures.current(site.store)
        return context(site.scenarios, rows, chosen, site.clock.now_us(), w, tree=(int(size), str(root)))
