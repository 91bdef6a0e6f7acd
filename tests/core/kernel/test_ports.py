"""A chosen port lies where the kernel takes no source ports from."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mumian.core.kernel import ports


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_free_port_is_free_and_below_the_ephemeral_range(host: str) -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(50):
        port = ports.free(host)
        assert 1024 < port < lowest
        with socket.socket(ports.family(host)) as probe:
            probe.bind((host, port))


def test_a_taken_port_is_not_offered() -> None:
    held = ports.free()
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", held))
        assert held not in {ports.free() for _ in range(500)}
