"""Opening a home from a command: through the running service's server, or one started for the moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mumian.core.kernel.clock import Clock
from mumian.core.kernel.settings import Settings
from mumian.core.store.database import Store
from mumian.core.store.postgres import Launcher, service_pid
from mumian.core.store.schema import migrate


@contextmanager
def open_home(settings: Settings, clock: Clock | None = None) -> Iterator[Store]:
    """The store of the home that the settings name, migrated. Any number of commands may do this at once."""
    with Launcher().attach(settings.home, settings.dsn) as server:
        store = Store(server.dsn, settings.home, clock, connections=4)
        try:
            if service_pid(settings.home) is None:  # a running service has migrated, by its own version
                migrate(store)
            yield store
        finally:
            store.close()


def room(home: Path) -> int:
    """Free bytes on the disk of `home`, as an unprivileged writer sees them."""
    place = home
    while not place.exists():
        place = place.parent
    free = os.statvfs(place)
    return free.f_bavail * free.f_frsize
