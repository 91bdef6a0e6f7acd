"""Addresses that this house once had, so that bookmarks still lead somewhere."""

from __future__ import annotations

from urllib.parse import urlencode

from mumian.core.scenario import Redirect, Visit


def figures(visit: Visit) -> Redirect:
    """GET /eldercare/indicators?id=: the board is the home's, with the figures of all its houses."""
    chosen = visit.query.get("id", "")
    return Redirect("/indicators" + (f"?{urlencode({'id': chosen})}" if chosen else ""))
