"""The doors: every address of the web with the permission it asks. What is not listed here answers 404.

A route cannot be mounted without a door (`Site` makes both in one call), so a forgotten permission cannot let anyone in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.routing import compile_path

PUBLIC = "public"  # anyone, signed in or not
SIGNED_IN = "session"  # anyone who is signed in, whatever the role
OPEN_TO_ALL = frozenset({PUBLIC, SIGNED_IN})


@dataclass(frozen=True, slots=True)
class Door:
    """One method on one path, and the action that identity's gate is asked about before the handler runs."""

    method: str
    path: str
    permission: str
    head: bool = True  # whether HEAD asks what GET would answer
    max_bytes: int = 0  # of a body that may be multipart and carry files; 0: none may


class Doors:
    """All doors of one web. Lookup is by path first, then by method."""

    def __init__(self) -> None:
        self._doors: list[tuple[re.Pattern[str], Door]] = []

    def add(self, door: Door) -> None:
        """Add a door. Raises ValueError for an empty permission or a second door at the same place."""
        if not door.permission:
            raise ValueError(f"{door.method} {door.path}: declare a permission")
        if any((d.method, d.path) == (door.method, door.path) for d in self):
            raise ValueError(f"{door.method} {door.path} is declared twice")
        self._doors.append((compile_path(door.path)[0], door))

    def __iter__(self) -> Iterator[Door]:
        return (door for _, door in self._doors)

    def find(self, method: str, path: str) -> tuple[Door | None, tuple[str, ...]]:
        """The door, and the methods that the path has (none: the path does not exist)."""
        here = [door for pattern, door in self._doors if pattern.match(path)]
        first = next((door for door in here if door.method == method), None)
        if method == "HEAD":
            first = next((door for door in here if door.method == "GET" and door.head), None)
        return first, tuple(dict.fromkeys(door.method for door in here))
