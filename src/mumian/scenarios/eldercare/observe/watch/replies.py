"""What the server has to answer, or the watch sends the same again, drops the connection or restarts.

Source: the vendor's published server protocol; INIT and JXTK from traccar's WatchProtocolDecoder. Positions need no answer.
"""

from __future__ import annotations

_BODIES = {
    "INIT": "INIT,1",
    "LK": "LK",
    "TKQ": "TKQ",
    "TKQ2": "TKQ2",
    "CONFIG": "CONFIG,1",
    "bphrt": "bphrt",
    "oxygen": "oxygen,1",
    "btemp2": "btemp2",
}


def body(command: str, *, alarm: bool, voice: str | None) -> str | None:
    """The content of the answer to `command`, None where there is none; `voice` is the verdict on TK and JXTK."""
    if alarm:
        return "AL"
    if command == "TK":
        return f"TK,{voice}" if voice else None  # `TK,1` from a watch is itself an answer
    if command == "JXTK":
        return f"JXTKR,{voice}" if voice else None
    return _BODIES.get(command)


def wire(head: str, id: str, index: str | None, content: str) -> bytes:
    """The answer as bytes; a ZJ watch gets its own index back."""
    order = f"{index}*" if index else ""
    return f"[{head}*{id}*{order}{len(content):04X}*{content}]".encode("ascii")
