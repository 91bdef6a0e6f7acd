"""Writing a file that a command was asked for: whole or not at all, and never in place of something that is no file."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from mumian.core.kernel.errors import BadInput


def writable(out: Path) -> None:
    """BadInput unless a file of this name could stand there; asked before long work."""
    if out.is_dir():
        raise BadInput(detail=f"{out} is a folder: name a file to write")
    if not out.parent.is_dir():
        raise BadInput(detail=f"There is no folder {out.parent} to write {out.name} into: make it first")


def write(out: Path, content: bytes | str) -> None:
    """All of it, or an earlier file stays as it was. A link is followed; a pipe or device is written into.

    Raises BadInput naming the file where it cannot be written, as on a full disk.
    """
    writable(out)
    data = content.encode() if isinstance(content, str) else content
    target = out.resolve() if out.is_symlink() else out
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                file.write(data)
            return
        _replace(target, data)
    except OSError as error:
        mend = "free some space" if error.errno == 28 else "name a file that you may write"
        raise BadInput(detail=f"{out} cannot be written: {error.strerror}; {mend}") from None


def write_json(out: Path, content: Any) -> None:
    """JSON in UTF-8; text that UTF-8 cannot hold, as a file name of odd bytes, is escaped."""
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    try:
        data = text.encode()
    except UnicodeEncodeError:
        data = (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()
    write(out, data)


def _replace(target: Path, data: bytes) -> None:
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(target)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise
