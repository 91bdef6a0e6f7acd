"""Where a vehicle is reached: `udp:127.0.0.1:14550`, `tcp://10.0.0.7:5760`, and so on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from mumian.core.kernel.errors import BadInput

Scheme = Literal["udp", "udpin", "udpout", "tcp", "tcpin"]
_FORM = re.compile(
    r"(?P<scheme>[a-z]+):(?://)?(?P<host>\[[0-9a-fA-F:.%]+\]|[^:/\[\]\s]*):(?P<port>\d{1,5})/?"
)
_SCHEMES = ("udp", "udpin", "udpout", "tcp", "tcpin")


class EndpointUnusable(BadInput):
    """The vehicle's address cannot be read."""

    code = "endpoint_unusable"
    zh = "“{given}”不是可用的飞行器地址：请写成 udp:127.0.0.1:14550（本机监听；若该端口已由飞行器占用则向它发送）、udpout:主机:端口 或 tcp:主机:端口"
    en = (
        '"{given}" is no vehicle address: write udp:127.0.0.1:14550 (listens there, or speaks to whoever holds '
        "that port), udpout:HOST:PORT or tcp:HOST:PORT"
    )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`udp` listens, or speaks to whoever already listens there; `udpin`, `udpout`, `tcpin` say which; `tcp` connects."""

    scheme: Scheme
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}:{self.host}:{self.port}"


def parse(url: str) -> Endpoint:
    """`SCHEME:HOST:PORT` or `SCHEME://HOST:PORT`; an empty host is every address (in) or this machine (out)."""
    found = _FORM.fullmatch(url.strip())
    if found is None or found["scheme"] not in _SCHEMES or not 0 < int(found["port"]) < 65536:
        raise EndpointUnusable(given=url[:80])
    scheme = cast("Scheme", found["scheme"])
    host = found["host"].strip("[]") or ("0.0.0.0" if scheme in ("udp", "udpin", "tcpin") else "127.0.0.1")  # noqa: S104  an empty host asks for every address
    return Endpoint(scheme, host, int(found["port"]))
