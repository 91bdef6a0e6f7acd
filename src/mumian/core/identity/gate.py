"""The gate: may this role do that (Cedar), and whose data on which floors may this asker read now (a fresh `Scope`).

Only this module makes an `Authorised`. A scope is computed at every call, so a withdrawn consent counts at once.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cedarpy

from mumian.core.identity.principal import ROLES, Floors, Principal, floors_of
from mumian.core.identity.reach import reach
from mumian.core.kernel.authorised import Authorised, Scope
from mumian.core.kernel.errors import BadInput, Forbidden
from mumian.core.registry.snapshot import Snapshot, snapshot

if TYPE_CHECKING:
    from mumian.core.store import Store

__all__ = ["ACTIONS", "PURPOSES", "Principal", "may", "permitted", "scope", "system_scope"]

_FOLDER = Path(__file__).parent
SCHEMA = (_FOLDER / "policy.cedarschema").read_text("utf-8")
POLICY = (_FOLDER / "policy.cedar").read_text("utf-8")
ACTIONS = frozenset(re.findall(r'"([a-z]+(?:\.[a-z]+)?)"', SCHEMA))

# The purpose of a reading, and the action that a role needs for it. evidence: the service's own figures only.
PURPOSES = {
    "care": "series.read",
    "monitoring": "series.read",
    "research": "research.read",
    "family": "family.read",
}


def may(principal: Principal, action: str) -> None:
    """Pass, or raise Forbidden. An action that the schema does not know is permitted to nobody."""
    if not permitted(principal.role, action):
        raise Forbidden(role=principal.role, action=action)


@cache
def permitted(role: str, action: str) -> bool:
    """Whether the policy lets the role do it. The answer cannot change while the process runs."""
    if role not in ROLES or action not in ACTIONS:
        return False
    request = {
        "principal": {"type": "Role", "id": role},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Home", "id": "this"},
    }
    return cedarpy.is_authorized(request, _policies(), _entities()).allowed


@cache
def _policies() -> cedarpy.PolicySet:
    return cedarpy.PolicySet.from_str(POLICY)


@cache
def _entities() -> cedarpy.Entities:
    return cedarpy.Entities.from_json_str("[]")


def scope(store: Store, principal: Principal, purpose: str = "care") -> Authorised[Scope]:
    """Whose data the principal may read now, and on which floors alarms and devices are listed.

    Roles that read no series (admin, gateway) get a scope without people and windows. Raises BadInput, and Forbidden
    for research or family without the right to it.
    """
    if purpose not in PURPOSES:
        raise BadInput(detail=f"purpose {purpose!r}: use one of {', '.join(PURPOSES)}")
    if purpose in ("research", "family"):
        may(principal, PURPOSES[purpose])
    home = snapshot(store)
    reads = permitted(principal.role, PURPOSES[purpose])
    floors = _floors_now(home, principal)
    return Authorised(reach(home, principal.actor, purpose, floors, store.clock.now_us(), reads=reads))


def _floors_now(home: Snapshot, principal: Principal) -> Floors:
    """Her floors as the register has them now: a session that lives on must not keep the floors of yesterday."""
    if principal.staff is None:
        return principal.floors
    staff = home.staff.get(principal.staff)
    if staff is None or staff.left_us is not None:
        return frozenset()
    return floors_of(principal.role, staff.floors)


def system_scope(store: Store, purpose: str = "care") -> Authorised[Scope]:
    """The service's own: detectors (care) and figures (evidence). The whole home, but consents hold for it too."""
    if purpose not in (*PURPOSES, "evidence"):
        raise BadInput(detail=f"purpose {purpose!r}: use one of {', '.join(PURPOSES)}, evidence")
    return Authorised(reach(snapshot(store), "service", purpose, None, store.clock.now_us(), reads=True))
