"""The newest of everything, encoded once for all browsers. A reader is given what is newer than what it has, whenever it asks:
one that is slow skips what was overtaken, and holds nobody back, since nothing waits for it and nothing is queued.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable

_REMEMBERED = 16  # frames from different versions on; browsers that keep up share one


class Board:
    """Items by name, each with the version at which it was put. Written by one thread, read by any."""

    def __init__(self) -> None:
        self.version = 0
        self._lock = threading.Lock()
        self._items: dict[str, tuple[int, bytes, bool]] = {}
        self._frames: dict[int, bytes] = {}
        self._readers: set[_Reader] = set()
        self._closed = False

    def put(self, name: str, body: bytes, *, at_first: bool = False) -> None:
        """Put the JSON of an item in the place of its last; `at_first`: only for readers that have nothing yet."""
        with self._lock:
            self.version += 1
            self._items[name] = (self.version, body, at_first)
            self._frames.clear()

    def frame(self, after: int, now_us: int) -> tuple[int, bytes]:
        """(version, event) with all that is newer than `after`; 0 asks for everything."""
        with self._lock:
            made = self._frames.get(after)
            if made is None:
                newer = [
                    body
                    for version, body, at_first in self._items.values()
                    if version > after and (after == 0 or not at_first)
                ]
                made = b'data: {"now_us":%d,"items":[%s]}\n\n' % (now_us, b",".join(newer))
                if len(self._frames) < _REMEMBERED:
                    self._frames[after] = made
            return self.version, made

    def publish(self) -> None:
        """Wake the readers."""
        with self._lock:
            self._frames.clear()  # the next frames carry the time of this word
            readers = tuple(self._readers)
        for reader in readers:
            reader.wake()

    def close(self) -> None:
        """No more words: the readers end."""
        self._closed = True
        self.publish()

    async def events(self, clock_us: Callable[[], int]) -> AsyncIterator[bytes]:
        """Server-sent events for one browser."""
        reader = _Reader()
        with self._lock:
            self._readers.add(reader)
        try:
            yield b"retry: 1000\n\n"
            after = 0
            while not self._closed:
                reader.event.clear()
                after, frame = self.frame(after, clock_us())
                yield frame
                await reader.event.wait()
        finally:
            with self._lock:
                self._readers.discard(reader)

    @property
    def readers(self) -> int:
        return len(self._readers)


class _Reader:
    """Wakes one browser's task from another thread."""

    def __init__(self) -> None:
        self.event, self._loop = asyncio.Event(), asyncio.get_running_loop()

    def wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # its loop has ended meanwhile
            self._loop.call_soon_threadsafe(self.event.set)
