"""Every address declares a permission, and every role gets in exactly where the policy lets it."""

from __future__ import annotations

import pytest
from starlette.routing import Route
from tests.web.conftest import STAFF, Home

from mumian.core.identity import gate
from mumian.web import permissions
from mumian.web.doors import OPEN_TO_ALL, PUBLIC, Door, Doors

ROLES = (*STAFF, "gateway")


def test_every_route_has_a_door_with_a_permission_the_policy_knows(home: Home) -> None:
    doors = {(door.method, door.path): door for door in home.app.state.site.doors}
    routes = [route for route in home.app.routes if isinstance(route, Route)]
    assert len(routes) > 25
    for route in routes:
        for method in (route.methods or set()) - {"HEAD"}:
            assert (method, route.path) in doors
    assert {d.permission for d in doors.values()} <= OPEN_TO_ALL | gate.ACTIONS
    assert set(permissions.EVERY) <= gate.ACTIONS


def test_a_route_without_a_door_answers_404(home: Home) -> None:
    async def forgotten(request):
        raise AssertionError("reached")

    home.app.add_route("/forgotten", forgotten)
    assert home.signed_in("admin").get("/forgotten").status_code == 404


def test_a_door_without_a_permission_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="declare a permission"):
        Doors().add(Door("GET", "/x", ""))


def test_role_matrix(home: Home) -> None:
    """Generated: each door × each role, as a program. 403 exactly where the policy says so, never a fault of ours."""
    programs = {role: home.program(role) for role in ROLES}
    nobody = home.client()
    nobody.headers["Accept"] = "application/json"
    for door in home.app.state.site.doors:
        if door.path == "/api/alarms/stream":
            continue  # never ends; see test_stream
        path = door.path.replace("{id}", "none").replace("{person}", "none").replace("{path:path}", "x.css")
        path = path.replace("{token}", "none")
        alone = nobody.request(door.method, path, json={})
        refused = alone.status_code == 401 and "unauthenticated" in alone.text
        refused |= alone.headers.get("location", "").startswith("/login")
        assert refused == (door.permission != PUBLIC), door
        for role, client in programs.items():
            answer = client.request(door.method, path, json={})
            if door.permission in OPEN_TO_ALL:
                continue
            assert (answer.status_code == 403) == (not gate.permitted(role, door.permission)), (
                door,
                role,
                answer.text,
            )
            assert answer.status_code != 500 or path == "/stand/broken", (door, role, answer.text)


def test_what_the_issue_says_of_roles(home: Home) -> None:
    readers = {"nurse", "director", "auditor", "caregiver"}
    for path, roles in {
        "/api/alarms": readers, "/api/series": readers, "/api/devices": readers | {"admin"},
        "/api/quarantine": {"admin", "director", "auditor"},
    }.items():  # fmt: skip
        for role in ROLES:
            answer = home.program(role, STAFF.get(role)).get(path)
            assert (answer.status_code == 200) == (role in roles), (path, role)
    for role in ROLES:
        answer = home.program(role).post("/api/ingest/observations", json={"observations": []})
        assert (answer.status_code == 200) == (role == "gateway"), role


def test_wrong_method_names_the_right_ones(home: Home) -> None:
    answer = home.program("nurse").put("/api/alarms", json={})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
