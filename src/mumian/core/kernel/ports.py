"""A free TCP port that stays free while its owner restarts.

The kernel's own choice (bind to 0) comes from the ephemeral range, from which it also takes the source ports of outgoing
connections. Once the owner is killed, a client that keeps trying to reconnect on the same machine may be given that very
port, even connect to itself, and hold it. So we choose below the range.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _TRIES = 10_240, 200


def family(host: str) -> socket.AddressFamily:
    """IPv6 for an address with colons, IPv4 for all else."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def taken(host: str, port: int) -> bool:
    """Whether somebody listens on the port, or it cannot be bound for another reason."""
    with socket.socket(family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def free(host: str = "127.0.0.1") -> int:
    """A port on which nobody listened a moment ago, outside the ephemeral range where there is room."""
    try:
        below = int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        below = 32_768
    chance = random.SystemRandom()
    for _ in range(_TRIES):
        port = chance.randrange(_LOWEST, below) if below > _LOWEST + 1000 else 0
        with socket.socket(family(host)) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    with socket.socket(family(host)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
