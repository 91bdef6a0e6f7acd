"""Bodies of the API as /openapi.json shows them. Meaning is checked where it is decided (core.decide.acts), not here.

What a body does not know is refused, so that a mistyped field is not silently lost.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Stamp = Annotated[
    str | int,
    Field(description="ISO 8601 with a zone, or epoch milliseconds", examples=["2026-11-24T06:05:32Z"]),
]


class Body(BaseModel):
    """No field beyond those named."""

    model_config = ConfigDict(extra="forbid")


class Acknowledge(Body):
    """Nothing needs to be said."""

    note: str | None = None


class Handover(Body):
    """To whom the alarm goes."""

    to: str = Field(description="id of the member of staff")
    note: str | None = None


class Resolve(Body):
    """How it ended."""

    resolution: Literal["true", "false", "test"] | bool
    note: str | None = None


class Shelve(Body):
    """Why it may wait, and until when (24 hours at most)."""

    reason: str
    until: Stamp
    note: str | None = None


class Report(Body):
    """A fall that no device saw."""

    person: str
    kind: Literal["fall"]
    time: Stamp
    note: str | None = None


class Subscription(BaseModel):
    """A browser's Web Push subscription, as PushSubscription.toJSON() gives it."""

    endpoint: str = Field(max_length=2000)
    keys: dict[str, str]


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retry: bool


FAULTS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}, "description": why}
    for status, why in {
        401: "Nobody is signed in", 403: "The role does not carry this", 404: "Not there, or outside your scope",
        422: "The request cannot be accepted",
    }.items()
}  # fmt: skip
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {
        "model": Problem,
        "content": {"application/problem+json": {}},
        "description": "The alarm's state forbids it",
    }
}
