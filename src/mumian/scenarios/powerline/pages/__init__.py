"""The pages of this house and the targets of their forms. One module a page."""

from __future__ import annotations

from mumian.core.scenario import Action, Page, Stream
from mumian.scenarios.powerline.pages import coverage, dispatch, docks, hazards, planner, review

PAGES: tuple[Page, ...] = (
    Page("/powerline/dispatch", "powerline/dispatch.html", "flight.read", dispatch.view, {"zh": "巡检调度", "en": "Dispatch"}, "i-route", nav=True),
    Page("/powerline/docks", "powerline/docks.html", "flight.read", docks.view, {"zh": "机巢", "en": "Docks"}, "i-dock", nav=True),
    Page("/powerline/review", "powerline/review.html", "alarm.read", review.view, {"zh": "缺陷审核", "en": "Defect review"}, "i-eye", nav=True),
    Page("/powerline/coverage", "powerline/coverage.html", "alarm.read", coverage.view, {"zh": "巡检覆盖", "en": "Coverage"}, "i-doc", nav=True),
    Page("/powerline/hazards", "powerline/hazards.html", "alarm.read", hazards.view, {"zh": "通道隐患", "en": "Corridor hazards"}, "i-warn", nav=True),
    Page("/powerline/plan", "powerline/plan.html", "alarm.read", planner.view, {"zh": "航线规划", "en": "Planner"}, "i-route", nav=True),
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    Action("/powerline/dispatch/{vehicle}", "flight.command", dispatch.order),
    Action("/powerline/docks/{dock}", "flight.command", docks.order),
    Action("/powerline/review/{id}", "alarm.act", review.decide),
    Action("/powerline/missed", "alarm.act", review.missed),
    Action("/powerline/hazards/{id}", "alarm.act", hazards.decide),
    Action("/powerline/plan", "alarm.act", planner.hand_in, planner.BODY_BYTES),
    Action("/powerline/plan/{id}", "alarm.act", planner.make),
    Action("/powerline/plan/{id}/line", "alarm.act", planner.choose),
    Action("/powerline/plan/{id}/check", "alarm.act", planner.check, planner.BODY_BYTES),
)

STREAMS: tuple[Stream, ...] = (
    Stream("/powerline/vehicles/stream", "flight.read", dispatch.events),
    Stream("/powerline/docks/stream", "flight.read", docks.events),
)

__all__ = ["ACTIONS", "PAGES", "STREAMS"]
