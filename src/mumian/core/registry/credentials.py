"""What a device signs in to the broker with. The password is shown once; only its hash is stored.

The hash is what mosquitto 2 reads from its password file: `$7$iterations$salt$hash`, PBKDF2-HMAC-SHA512.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass

from mumian.core.kernel.ids import DeviceId

UP = ("obs", "accel", "event", "reply")
DOWN = ("command", "ack")
# mosquitto's own default; the password has 192 random bits, so stretching it more would only slow a reconnect storm.
ITERATIONS = 101


@dataclass(frozen=True, slots=True)
class Credential:
    """Handed out once, when the device is added. `topics` are all that the broker lets it use."""

    device: DeviceId
    user: str
    password: str
    topics: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """As `mumian site load` and `mumian device add --json` print it."""
        return {
            "device": self.device,
            "user": self.user,
            "password": self.password,
            "topics": list(self.topics),
        }


def topics(device: DeviceId) -> tuple[str, ...]:
    """All topics of a device: it publishes on obs, accel, event, reply and hears command and ack."""
    return tuple(f"mumian/{device}/{leaf}" for leaf in UP + DOWN)


def make(device: DeviceId) -> tuple[Credential, str]:
    """A fresh credential and the hash to store."""
    password = secrets.token_urlsafe(24)
    return Credential(device, device, password, topics(device)), mosquitto_hash(password)


def mosquitto_hash(password: str, salt: bytes | None = None, iterations: int = ITERATIONS) -> str:
    """The line of a mosquitto 2 password file behind `user:`."""
    salt = secrets.token_bytes(12) if salt is None else salt
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)
    return f"$7${iterations}${b64encode(salt).decode()}${b64encode(key).decode()}"


def matches(password: str, stored: str) -> bool:
    """Whether `password` is the one behind the stored hash; False for anything that is no such hash."""
    parts = stored.split("$")
    if len(parts) != 5 or parts[1] != "7" or not parts[2].isdecimal():
        return False
    return hmac.compare_digest(mosquitto_hash(password, b64decode(parts[3]), int(parts[2])), stored)
