"""Which sealed segments a figure rests on, and whether their bytes are still those that were sealed.

A file is hashed again whenever its size, times or inode differ from those at the last check; never trusted by its name.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from mumian.core.prove.evidence import SegmentChanged, SegmentFile, SegmentMissing, sha256_of
from mumian.core.store import Store, catalogue
from mumian.core.store.catalogue import Segment


def known(store: Store) -> dict[str, Segment]:
    """Digest → catalogue row of every segment, those included whose files retention took."""
    return {s.sha256: s for s in catalogue.segments(store, dropped=True)}


def resting_on(
    listed: Iterable[Segment], kinds: Container[str], from_us: int, until_us: int
) -> list[Segment]:
    """Those of the kinds with entries in [from_us, until_us) that retention has left."""
    left = (s for s in listed if s.kind in kinds and s.dropped_us is None)
    return [s for s in left if s.last_us >= from_us and s.first_us < until_us]


def file(store: Store, segment: Segment) -> SegmentFile:
    """Where it lies and what it must be."""
    return SegmentFile(store.home / segment.path, segment.sha256)


def fault(store: Store, digest: str, listed: Mapping[str, Segment]) -> tuple[str, str] | None:
    """Why the segment of this digest supports nothing, as (zh, en); None when it is whole."""
    segment = listed.get(digest)
    if segment is None:
        return f"封存段 {digest[:8]} 不在目录里", f"segment {digest[:8]} is not in the catalogue"
    if segment.dropped_us is not None:
        return f"封存段 {digest[:8]} 已过保存期", f"segment {digest[:8]}: source expired"
    try:
        check(file(store, segment))
    except (SegmentMissing, SegmentChanged) as error:
        here = f"{store.home}/"
        return error.say("zh").replace(here, ""), error.say("en").replace(here, "")
    return None


def check(segment: SegmentFile) -> None:
    """As `evidence.check`, without reading a file again that has not been touched since. Raises the same errors."""
    try:
        stat = segment.path.stat()
    except FileNotFoundError:
        raise SegmentMissing(sha256=segment.sha256, path=str(segment.path)) from None
    found = _hashed(segment.path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    if found != segment.sha256:
        raise SegmentChanged(path=str(segment.path), expected=segment.sha256, found=found)


def forget() -> None:
    """Read every file again at the next check."""
    _hashed.cache_clear()


@lru_cache(maxsize=65_536)
def _hashed(path: Path, *_stat: int) -> str:
    return sha256_of(path)
