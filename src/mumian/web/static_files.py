"""Files that pages load: from our own origin only, each with the hash of its content in its address.

It serves what lies under static/ and nothing else; a path that leads out of the folder does not exist.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from mumian.core.kernel.errors import NotFound

HERE = Path(__file__).parent / "static"
KINDS = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml", ".woff2": "font/woff2", ".webmanifest": "application/manifest+json", ".png": "image/png",
    ".json": "application/json",
}  # fmt: skip
SQUEEZE = (".css", ".js", ".mjs", ".svg", ".json")
FOREVER = "public, max-age=31536000, immutable"
LOOK_AGAIN = "public, no-cache"  # kept, but asked for again with its hash: costs one 304


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    squeezed: bytes | None
    tag: str
    kind: str
    stamp: tuple[int, int]


class StaticFiles:
    """All static files, read at first use and again when they change on disk."""

    def __init__(self, folders: dict[str, Path] | None = None) -> None:
        """`folders` adds a scenario's own files under /static/<name>/."""
        self._folders = {"": HERE} | (folders or {})
        self._files: dict[str, _File] = {}

    def url(self, path: str) -> str:
        """The address of `path` with its content's hash; the bare address when there is no such file."""
        try:
            return f"/static/{path}?v={self._read(path).tag}"
        except NotFound:
            return f"/static/{path}"

    def serve(self, request: Request) -> Response:
        """One file, squeezed where the browser takes it, 304 where it has it."""
        path = request.path_params["path"]
        file = self._read(path)
        versioned = request.query_params.get("v") == file.tag
        headers = {
            "ETag": f'"{file.tag}"',
            "Cache-Control": FOREVER if versioned or path.endswith(".woff2") else LOOK_AGAIN,
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if file.squeezed and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                file.squeezed, media_type=file.kind, headers=headers | {"Content-Encoding": "gzip"}
            )
        return Response(file.body, media_type=file.kind, headers=headers)

    def _read(self, path: str) -> _File:
        place = self._place(path)
        stat = place.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = self._files.get(path)
        if known is None or known.stamp != stamp:
            body = place.read_bytes()
            squeezed = gzip.compress(body, 6) if place.suffix in SQUEEZE and len(body) > 1000 else None
            tag = hashlib.sha256(body).hexdigest()[:16]
            known = self._files[path] = _File(body, squeezed, tag, KINDS[place.suffix], stamp)
        return known

    def _place(self, path: str) -> Path:
        first, _, rest = path.partition("/")
        folder, inner = (self._folders[first], rest) if first in self._folders and rest else (HERE, path)
        place = (folder / inner).resolve()
        if not place.is_relative_to(folder.resolve()) or place.suffix not in KINDS or not place.is_file():
            raise NotFound(what="file", id=path)
        return place
