"""Escaping of binary content: voice (AMR) and pictures.

Source: the vendor's published server protocol, section "voice chat"; the same table stands in traccar's WatchFrameDecoder.
"""

from __future__ import annotations

import re

_PLAIN = {0x01: b"}", 0x02: b"[", 0x03: b"]", 0x04: b",", 0x05: b"*"}
_CODE = {plain: b"}" + bytes((code,)) for code, plain in _PLAIN.items()}
_ESCAPED = re.compile(rb"}(.?)", re.DOTALL)
_SPECIAL = re.compile(rb"[}\[\],*]")


def unescape(data: bytes) -> tuple[bytes, int | None]:
    """The plain bytes, and where the first byte 0x7D stands that no code 01 to 05 follows (kept as it is), else None."""
    wrong: list[int] = []

    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1][0] if match[1] else 0
        if code not in _PLAIN:
            wrong.append(match.start())
            return match[0]
        return _PLAIN[code]

    return _ESCAPED.sub(plain, data), (wrong[0] if wrong else None)


def escape(data: bytes) -> bytes:
    """The reverse, for what is sent to a watch."""
    return _SPECIAL.sub(lambda match: _CODE[match[0]], data)
