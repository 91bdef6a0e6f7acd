"""`mumian eldercare decode-watch`: the bytes of a watch's TCP stream to one JSON line a frame."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mumian.scenarios.eldercare.observe.watch import Codec, Frame

_CHUNK = 1 << 16


def decode_watch(source: Path, out: Path) -> int:
    """Write one line for each frame, report of junk and truncated frame in `source`, in order; 0 once it was read.

    Raises OSError when `source` cannot be read or `out` not written.
    """
    with source.open("rb") as stream, out.open("w", encoding="utf-8", newline="\n") as lines:
        for frame in _frames(iter(lambda: stream.read(_CHUNK), b"")):
            lines.write(json.dumps(line(frame), ensure_ascii=False))
            lines.write("\n")
    return 0


def _frames(chunks: Iterable[bytes]) -> Iterator[Frame]:
    codec = Codec()
    for chunk in chunks:
        yield from codec.feed(chunk)
    yield from codec.finish()


def line(frame: Frame) -> dict[str, Any]:
    """The frame as flat JSON: values beside id and command; `reply` is hex, empty where no answer is due."""
    shown: dict[str, Any] = {
        "id": frame.id or None,
        "command": frame.command or None,
        "head": frame.head or None,
    }
    if frame.index is not None:
        shown["index"] = frame.index
    shown |= frame.values
    if frame.raw is not None:
        shown["raw"] = frame.raw
    shown |= {"offset": frame.offset, "bytes": frame.size, "error": frame.error, "reply": frame.reply.hex()}
    return shown
