"""Who may do what: the policy's answers for every role and action, against a table written by hand."""

from __future__ import annotations

import ast
from pathlib import Path

import cedarpy
import pytest

import mumian
from mumian.core.identity import gate
from mumian.core.identity.principal import ROLES, Principal, floors_of
from mumian.core.kernel.errors import Forbidden

# action            admin director nurse caregiver auditor gateway
TABLE = """
alarm.read            -      x       x       x        x       -
alarm.act             -      x       x       x        -       -
alarm.report          -      x       x       x        -       -
station.read          -      x       x       x        x       -
burden.read           -      x       x       -        x       -
indicator.read        x      x       x       -        x       -
access.read           -      x       -       -        x       -
push.subscribe        -      x       x       x        -       -
series.read           -      x       x       x        x       -
research.read         -      x       -       -        x       -
family.read           -      x       x       -        -       -
device.read           x      x       x       x        x       -
device.write          x      x       -       -        -       -
quarantine.read       x      x       -       -        x       -
ingest                -      -       -       -        -       x
flight.read           -      x       x       -        x       -
flight.command        -      x       -       -        -       -
person.read           -      x       x       x        x       -
person.write          x      x       x       -        -       -
admission.write       -      x       x       -        -       -
consent.write         -      x       x       -        -       -
roster.read           x      x       x       x        x       -
staff.write           x      x       -       -        -       -
shift.write           x      x       -       -        -       -
place.write           x      x       -       -        -       -
account.write         x      -       -       -        -       -
"""
BY_HAND = {
    row[0]: dict(zip(ROLES, row[1:], strict=True))
    for row in (line.split() for line in TABLE.split("\n"))
    if row
}


def test_the_table_knows_every_action_and_role():
    assert set(BY_HAND) == gate.ACTIONS


@pytest.mark.parametrize("role", ROLES)
def test_the_policy_says_what_the_table_says(role):
    said = {action: "x" if gate.permitted(role, action) else "-" for action in gate.ACTIONS}
    assert said == {action: row[role] for action, row in BY_HAND.items()}
    for action, answer in said.items():
        if answer == "x":
            gate.may(Principal("x", role), action)
        else:
            with pytest.raises(Forbidden):
                gate.may(Principal("x", role), action)


def test_the_auditor_acts_on_nothing_and_the_gateway_only_brings():
    writing = {a for a in gate.ACTIONS if not a.endswith(".read")}
    assert not any(gate.permitted("auditor", a) for a in writing)
    assert [a for a in gate.ACTIONS if gate.permitted("gateway", a)] == ["ingest"]
    assert [r for r in ROLES if gate.permitted(r, "ingest")] == ["gateway"]


@pytest.mark.parametrize(
    ("role", "action"), [("nurse", "alarm.rea"), ("nurse", ""), ("root", "alarm.read"), ('nurse"', "x")]
)
def test_what_is_unknown_is_permitted_to_nobody(role, action):
    assert not gate.permitted(role, action)


def test_the_policy_fits_its_schema():
    result = cedarpy.validate_policies(gate.POLICY, gate.SCHEMA)
    assert result.validation_passed, result.errors
    assert not cedarpy.validate_policies(
        gate.POLICY.replace("alarm.read", "alarm.raed"), gate.SCHEMA
    ).validation_passed


def test_floors_by_role():
    assert floors_of("nurse", []) is None
    assert floors_of("nurse", None) is None
    assert floors_of("nurse", ["F1"]) == {"F1"}
    assert floors_of("caregiver", []) == frozenset() == floors_of("caregiver", None)
    assert floors_of("director", ["F1"]) is None
    assert floors_of("gateway", None) == frozenset()


def test_only_the_gate_makes_an_authorised():
    source = Path(mumian.__file__).parent
    makers = set()
    for file in source.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.value if isinstance(node.func, ast.Subscript) else node.func
                if getattr(name, "id", getattr(name, "attr", "")) == "Authorised":
                    makers.add(file.relative_to(source).as_posix())
    assert makers == {"core/identity/gate.py"}
