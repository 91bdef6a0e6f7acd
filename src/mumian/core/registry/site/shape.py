"""A site file's shape: every field is there, known and of its kind. Pure; knows nothing of the home it goes into.

All problems are collected, so that a file is mended in one round and not in twenty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mumian.core.kernel import clock, ids
from mumian.core.kernel.errors import BadInput
from mumian.core.registry import model
from mumian.core.registry.model import Entry, SiteFile
from mumian.core.registry.problems import Problem, Refused
from mumian.core.registry.rows import key_of

_ID = re.compile(r"[^\W_][\w.:@-]{0,63}")
_EARLIEST_US = clock.parse("1900-01-01T00:00:00Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

RESERVED = ("mumian-", "zigbee2mqtt")  # names of the broker's own users begin so


class _Wrong(Exception):
    """A value is not of its kind."""

    def __init__(self, key: str, **facts: Any) -> None:
        self.key, self.facts = key, facts


@dataclass(frozen=True, slots=True)
class _Field:
    read: Callable[[object], Any]
    required: bool = True
    default: Any = None


def ident(value: object) -> str:
    """An id of a place, person or one of the staff."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _Wrong("not_id", value=_seen(value))
    return value


def device_id(value: object) -> str:
    """An id that can stand in an MQTT topic."""
    if str(value).startswith(RESERVED):  # a device of that name would take over a user of the broker
        raise _Wrong("not_device_id", value=_seen(value))
    try:
        return ids.name(value, "device")
    except BadInput:
        raise _Wrong("not_device_id", value=_seen(value)) from None


def name(value: object) -> str:
    """What people call it; blanks at the ends are dropped."""
    text = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(text) <= 200 or any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise _Wrong("not_name", value=_seen(value))
    return text


def care_level(value: object) -> int:
    """1 to 5."""
    if type(value) is not int or not 1 <= value <= 5:
        raise _Wrong("not_level", value=_seen(value))
    return value


def day(value: object) -> date:
    """A local date."""
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _Wrong("not_date", value=_seen(value))


def instant(value: object) -> int:
    """Microseconds from ISO 8601 with a zone or epoch milliseconds; what lies before 1900 is a slip of the pen."""
    try:
        at_us = clock.parse(value)
    except (BadInput, OverflowError):
        raise _Wrong("not_time", value=_seen(value)) from None
    if at_us < _EARLIEST_US:
        raise _Wrong("not_time", value=_seen(value))
    return at_us


def _one_of(*known: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in known:
            raise _Wrong("not_one_of", value=_seen(value), known=", ".join(known))
        return value

    return read


def _maybe(read: Callable[[object], Any]) -> _Field:
    """May be absent or null."""
    return _Field(lambda value: None if value is None else read(value), required=False)


def _floors(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Wrong("not_list", found=_seen(value))
    found = tuple(ident(v) for v in value)
    for floor in found:
        if found.count(floor) > 1:
            raise _Wrong("twice_in_list", value=floor)
    return found


_SITE = {"id": _Field(ident), "name": _Field(name)}
_PLACE = {
    "id": _Field(ident),
    "kind": _Field(_one_of(*model.PLACE_KINDS)),
    "name": _Field(name),
    "parent": _maybe(ident),
}
_PERSON = {
    "id": _Field(ident),
    "name": _Field(name),
    "born": _maybe(day),
    "bed": _maybe(ident),
    "care_level": _Field(care_level),
    "consents": _Field(lambda value: value, required=False, default=[]),
}
_SPAN = {"from": _Field(instant), "until": _maybe(instant)}
_CONSENT = {"purpose": _Field(_one_of(*model.PURPOSES)), **_SPAN}
_STAFF = {
    "id": _Field(ident),
    "name": _Field(name),
    "role": _Field(_one_of(*model.STAFF_ROLES)),
    "floors": _Field(_floors, required=False, default=()),
}
_SHIFT = {"staff": _Field(ident), "from": _Field(instant), "until": _Field(instant)}
_DEVICE = {
    "id": _Field(device_id),
    "kind": _Field(_one_of(*model.DEVICE_KINDS)),
    "place": _maybe(ident),
    "origin": _Field(_one_of(*model.ORIGINS)),
}
_ASSIGNMENT = {"device": _Field(device_id), "person": _Field(ident), **_SPAN}


def parse(doc: object) -> SiteFile:
    """The file as values. Raises Refused with the JSON path of every problem."""
    problems: list[Problem] = []
    site = None
    sections: dict[str, tuple[Entry, ...]] = {}
    for key, value in _object(doc, "", ("site", *_READERS), problems).items():
        if key == "site":
            row = _record(value, "site", _SITE, problems)
            site = model.Site(**row) if row else None
        else:
            sections.update(_READERS[key](value, key, problems))
    for section, entries in sections.items():
        _unique(section, entries, problems)
    if problems:
        raise Refused(problems)
    return SiteFile(site, sections)


def _entries(
    make: Callable[[dict[str, Any]], model.Item], fields: Mapping[str, _Field]
) -> Callable[[object, str, list[Problem]], dict[str, tuple[Entry, ...]]]:
    def read(value: object, section: str, problems: list[Problem]) -> dict[str, tuple[Entry, ...]]:
        return {
            section: tuple(Entry(make(row), path) for path, row in _rows(value, section, fields, problems))
        }

    return read


def _people(value: object, section: str, problems: list[Problem]) -> dict[str, tuple[Entry, ...]]:
    people, consents = [], []
    for path, row in _rows(value, section, _PERSON, problems):
        given = row.pop("consents")
        people.append(Entry(model.Person(**row), path))
        for at, consent in _rows(given, f"{path}.consents", _CONSENT, problems):
            item = model.Consent(row["id"], consent["purpose"], consent["from"], consent["until"])
            consents.append(Entry(item, at))
    return {section: tuple(people), "consents": tuple(consents)}


def _device(row: dict[str, Any]) -> model.Device:
    return model.Device(**row, expected_interval_s=model.EXPECTED_INTERVAL_S[row["kind"]])


def _shift(row: dict[str, Any]) -> model.Shift:
    return model.Shift(row["staff"], row["from"], row["until"])


def _assignment(row: dict[str, Any]) -> model.Assignment:
    return model.Assignment(row["device"], row["person"], row["from"], row["until"])


_READERS: Mapping[str, Callable[[object, str, list[Problem]], dict[str, tuple[Entry, ...]]]] = {
    "places": _entries(lambda row: model.Place(**row), _PLACE),
    "people": _people,
    "staff": _entries(lambda row: model.Staff(**row), _STAFF),
    "shifts": _entries(_shift, _SHIFT),
    "devices": _entries(_device, _DEVICE),
    "assignments": _entries(_assignment, _ASSIGNMENT),
}


def _rows(
    value: object, path: str, fields: Mapping[str, _Field], problems: list[Problem]
) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(value, list):
        problems.append(Problem(path, "not_list", {"found": _seen(value)}))
        return []
    found = [(f"{path}[{i}]", row) for i, row in enumerate(value)]
    return [(at, row) for at, raw in found if (row := _record(raw, at, fields, problems)) is not None]


def _record(
    value: object, path: str, fields: Mapping[str, _Field], problems: list[Problem]
) -> dict[str, Any] | None:
    before = len(problems)
    given = _object(value, path, tuple(fields), problems)
    if before != len(problems) and not isinstance(value, dict):
        return None
    row = {}
    for key, field in fields.items():
        at = f"{path}.{key}"
        if key not in given:
            row[key] = field.default
            if field.required:
                problems.append(Problem(at, "missing"))
            continue
        try:
            row[key] = field.read(given[key])
        except _Wrong as wrong:
            problems.append(Problem(at, wrong.key, wrong.facts))
    if before == len(problems) and row.get("until") is not None and row["until"] <= row["from"]:
        problems.append(Problem(f"{path}.until", "ends_before_begin"))
    return row if before == len(problems) else None


def _object(value: object, path: str, known: tuple[str, ...], problems: list[Problem]) -> dict[str, Any]:
    if not isinstance(value, dict):
        problems.append(Problem(path or "$", "not_object", {"found": _seen(value)}))
        return {}
    for key in value:
        if key not in known:
            at = f"{path}.{key}" if path else str(key)
            problems.append(Problem(at, "unknown_key", {"known": ", ".join(known)}))
    return {key: item for key, item in value.items() if key in known}


def _unique(section: str, entries: tuple[Entry, ...], problems: list[Problem]) -> None:
    seen: dict[Any, str] = {}
    for entry in entries:
        key = key_of(section, entry.item)
        if key in seen:
            problems.append(Problem(entry.path, "duplicate", {"other": seen[key]}))
        seen.setdefault(key, entry.path)


def _seen(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def checked(what: str, given: Any) -> Any:
    """One row of a form as an item ("people", "staff", "devices", "places", "shifts"), or a "purpose".

    Raises Refused with problems named by the field alone.
    """
    problems: list[Problem] = []
    if what == "purpose":
        row = _record({"purpose": given}, "", {"purpose": _CONSENT["purpose"]}, problems)
    else:
        row = _record(_as_text(given), "", _FORMS[what][0], problems)
    if problems or row is None:
        raise Refused([Problem(p.path.removeprefix("."), p.key, p.facts) for p in problems])
    return row["purpose"] if what == "purpose" else _FORMS[what][1](row)


def _as_text(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in given.items()}


_FORMS: Mapping[str, tuple[Mapping[str, _Field], Callable[[dict[str, Any]], model.Item]]] = {
    "places": (_PLACE, lambda row: model.Place(**row)),
    "people": (
        {key: field for key, field in _PERSON.items() if key != "consents"},
        lambda row: model.Person(**row),
    ),
    "staff": (_STAFF, lambda row: model.Staff(**row)),
    "devices": (_DEVICE, _device),
    "shifts": (_SHIFT, _shift),
}
