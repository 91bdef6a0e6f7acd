"""Ids as types, so that a device id cannot be handed in where a person id is meant."""

from __future__ import annotations

import os
import re
import time
from typing import NewType

from mumian.core.kernel.errors import BadInput

PersonId = NewType("PersonId", str)
StaffId = NewType("StaffId", str)
DeviceId = NewType("DeviceId", str)
PlaceId = NewType("PlaceId", str)
AlarmId = NewType("AlarmId", str)
SeriesId = NewType("SeriesId", int)

# MQTT wildcards, slashes and blanks would let one device name another's topic.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


def name(text: object, what: str) -> str:
    """`text` if it can stand in a topic, a path and a URL; else BadInput saying which letters may."""
    if not isinstance(text, str) or not _NAME.fullmatch(text):
        raise BadInput(
            detail=f"{what} id {text!r}: use 1 to 64 of the letters A-Z a-z 0-9 . _ : - and begin with a letter or digit"
        )
    return text


def new(prefix: str) -> str:
    """A fresh id that sorts by time of making: `prefix-` + 48 bit milliseconds + 40 random bits, in hex."""
    return f"{prefix}-{int(time.time() * 1000):012x}{os.urandom(5).hex()}"
