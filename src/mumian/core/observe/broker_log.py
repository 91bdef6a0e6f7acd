"""What only the broker sees and only its log tells: refused publishes, refused sign-ins, messages that are too large.

A publish is refused by client id there; who stands behind one is known from the line of its connection.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from mumian.core.observe.records import Refused

MOST = 20_000_000  # bytes; above it the log is emptied
AT_ONCE = 2000
NOBODY = "mqtt"  # whoever could not sign in has no name that can be believed

_CONNECTED = re.compile(r"New client connected from \S+ as (.*) \(p\d+, c\d+, k\d+, u'(.*)'\)\.$")
_REFUSED = re.compile(
    r"(Denied|Dropped too large) PUBLISH from (.*) \(d\d+, q\d+, r\d+, m\d+, '(.*)', \.\.\. \(\d+ bytes\)\)$"
)
_NO_SIGN_IN = re.compile(r"Client .* disconnected, not authorised\.$")

_ACL = "{topic}: a device may publish only under mumian/<its own id>/obs, accel, event or reply"
_LARGE = "{topic}: a message holds at most 256 KiB; send shorter batches"
_LOGIN = "a client gave a wrong MQTT user or password; `mumian device add` prints a device's, the devices page makes new ones"


class BrokerLog:
    """Follows one log file. `tell` gets what was refused, in batches."""

    def __init__(self, file: Path, tell: Callable[[list[Refused]], None]) -> None:
        self._file, self._tell = file, tell
        self._users: dict[str, str] = {}
        self._rest = ""

    def follow(self, alive: Callable[[], bool]) -> None:
        """Until `alive()` is false; keeps the log from growing without bound."""
        with self._file.open("r", errors="replace") as log:
            for line in log:  # who is connected already, when a broker is taken over
                self.read(line, 0)
            while alive():
                refused = list(self._new(log))
                if refused:
                    self._tell(refused)
                elif log.tell() > MOST:
                    os.truncate(self._file, 0)
                    log.seek(0)
                else:
                    time.sleep(0.1)

    def _new(self, log: TextIO) -> Iterator[Refused]:
        for _ in range(AT_ONCE):
            line = self._rest + log.readline()
            self._rest = ""
            if not line.endswith("\n"):
                self._rest = line
                return
            if refused := self.read(line, time.time_ns() // 1000):
                yield refused

    def read(self, line: str, now_us: int) -> Refused | None:
        """What one line says was refused; a line of a new connection is remembered."""
        text = line.rstrip("\n")
        if found := _CONNECTED.search(text):
            self._users[found[1]] = found[2]
        elif found := _REFUSED.search(text):
            reason, said = ("acl", _ACL) if found[1] == "Denied" else ("too_large", _LARGE)
            user, topic = self._users.get(found[2], found[2]), found[3]
            return Refused(user, None, now_us, reason, said.format(topic=topic[:200]), topic.encode()[:2048])
        elif _NO_SIGN_IN.search(text):
            return Refused(NOBODY, None, now_us, "login", _LOGIN, b"")
        return None
