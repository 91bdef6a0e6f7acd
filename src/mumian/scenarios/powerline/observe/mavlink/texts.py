"""STATUSTEXT put together: a long text comes in parts of 50 characters that share an id; the last is not full."""

from __future__ import annotations

from mumian.scenarios.powerline.observe.mavlink.codec import Message

_PART, _OPEN = 50, 8


class Texts:
    """The open parts of one system's texts."""

    def __init__(self) -> None:
        self._parts: dict[int, str] = {}

    def whole(self, message: Message) -> str:
        """The text that this part ends, printable and stripped; empty while more is to come, or where nothing is said."""
        part = message.text
        said = self._parts.pop(message.id, "") + part if message.id else part
        if message.id and len(part) == _PART:
            self._parts[message.id] = said
            if len(self._parts) > _OPEN:
                self._parts.pop(next(iter(self._parts)))
            return ""
        return "".join(c for c in said if c.isprintable()).strip()
