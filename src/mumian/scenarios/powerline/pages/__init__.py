"""The pages of this house and the targets of their forms. One module a page."""

from __future__ import annotations

from mumian.core.scenario import Action, Page, Stream
from mumian.scenarios.powerline.pages import dispatch, review

PAGES: tuple[Page, ...] = (
    Page("/powerline/dispatch", "powerline/dispatch.html", "flight.read", dispatch.view, {"zh": "巡检调度", "en": "Dispatch"}, "i-route", nav=True),
    Page("/powerline/review", "powerline/review.html", "alarm.read", review.view, {"zh": "缺陷审核", "en": "Defect review"}, "i-eye", nav=True),
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    Action("/powerline/dispatch/{vehicle}", "flight.command", dispatch.order),
    Action("/powerline/review/{id}", "alarm.act", review.decide),
    Action("/powerline/missed", "alarm.act", review.missed),
)

STREAMS: tuple[Stream, ...] = (Stream("/powerline/vehicles/stream", "flight.read", dispatch.events),)

__all__ = ["ACTIONS", "PAGES", "STREAMS"]
