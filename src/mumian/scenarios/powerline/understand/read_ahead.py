"""The next chunk is decoded while this one is worked on: decompression leaves the interpreter free."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")
_PATIENCE_S = 0.2  # between two looks whether anybody still reads


def read_ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, one ahead, made in a thread; what its making raises is raised here, in its place."""
    made: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(1)
    unwanted = threading.Event()

    def put(item: T | None, error: BaseException | None) -> None:
        while not unwanted.is_set():
            try:
                made.put((item, error), timeout=_PATIENCE_S)
            except queue.Full:
                continue
            return

    def make() -> None:
        try:
            for item in items:
                put(item, None)
                if unwanted.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:
            put(None, error)

    maker = threading.Thread(target=make, name="read-ahead", daemon=True)
    maker.start()
    try:
        while True:
            item, error = made.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            assert item is not None
            yield item
    finally:
        unwanted.set()
        maker.join()
