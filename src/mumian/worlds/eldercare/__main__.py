"""`python -m mumian.worlds.eldercare`: plays residents' wristbands against a running service until SIGTERM."""

from __future__ import annotations

import argparse
import json
import signal
import ssl
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mumian.core.kernel.clock import SystemClock
from mumian.core.kernel.errors import BadInput
from mumian.worlds.eldercare import recordings, synthetic
from mumian.worlds.eldercare.play import WORLD, Plan, Player
from mumian.worlds.eldercare.trials import Source
from mumian.worlds.eldercare.wire import Credential, Faults


def main(given: list[str] | None = None) -> int:
    """Exit 0 after its time or SIGTERM, 2 for bad input."""
    options = _parser().parse_args(given)
    try:
        player = Player(_plan(options), _source(options), SystemClock())
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: player.stop.set())
    player.run()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mumian.worlds.eldercare", description=__doc__)
    add = parser.add_argument
    add(
        "recordings",
        nargs="*",
        type=Path,
        help="archives of recorded trials (.npz); none: synthetic movement",
    )
    add("--mqtt", default="mqtt://127.0.0.1:1883", help="the broker, mqtt://host:port or mqtts://host:port")
    add(
        "--ca",
        type=Path,
        help="with mqtts: trust this certificate (PEM), whatever name it bears, and no other",
    )
    add("--credentials", default="-", help="file of what `site load` printed; - reads standard input")
    add("--residents", type=int, default=0, help="play only the first N bands")
    add("--speed", type=float, default=1.0, help="how many times faster than life")
    add("--seconds", type=float, default=0.0, help="end after so many seconds; 0: at SIGTERM")
    add("--seed", type=int, default=1, help="the same seed gives the same days")
    add(
        "--fall-every-s",
        type=float,
        default=3600.0,
        help="mean seconds between the falls of one resident; 0: none",
    )
    add("--first-fall-s", type=float, help="play a fall on the first band after so many seconds of quiet")
    add("--vitals-every-s", type=float, default=10.0, help="seconds between two readings of the vital signs")
    add("--state", type=Path, help="file that keeps numbers and unconfirmed messages over a restart")
    add("--loss", type=float, default=0.0, help="share of messages that are not sent at first")
    add("--duplicates", type=float, default=0.0, help="share of messages that are sent twice")
    add("--skew-s", type=float, default=0.0, help="the bands' clocks are wrong by up to so many seconds")
    add(
        "--reconnect-storm",
        type=float,
        default=0.0,
        metavar="S",
        help="all bands reconnect at once every S seconds",
    )
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    bands, world = _credentials(options.credentials)
    broker = urlsplit(options.mqtt if "//" in options.mqtt else f"mqtt://{options.mqtt}")
    if not options.speed > 0:
        raise BadInput(detail="--speed: a number above 0")
    return Plan(
        bands=bands[: options.residents or None], world=world, host=broker.hostname or "127.0.0.1",
        port=broker.port or (8883 if broker.scheme == "mqtts" else 1883), tls=_tls(broker.scheme, options.ca), seed=options.seed, speed=options.speed, seconds=options.seconds,
        fall_every_s=options.fall_every_s, first_fall_s=options.first_fall_s, skew_s=options.skew_s, vitals_every_s=options.vitals_every_s,
        faults=Faults(options.loss, options.duplicates, options.reconnect_storm), state=options.state,
    )  # fmt: skip


def _tls(scheme: str, ca: Path | None) -> ssl.SSLContext | None:
    """How to greet an mqtts broker; None for plain MQTT."""
    if scheme == "mqtt":
        return None
    if scheme != "mqtts":
        raise BadInput(detail=f"--mqtt {scheme}://: mqtt:// or mqtts:// is meant")
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(detail=f"--ca {ca}: no certificate to read: {error}") from None
    context.check_hostname = ca is None
    return context


def _credentials(where: str) -> tuple[list[Credential], Credential | None]:
    """The bands and, where there is one, the world's own user (device "world"), who may publish `truth/#`."""
    try:
        given: Any = json.loads(sys.stdin.read() if where == "-" else Path(where).read_text("utf-8"))
        rows = given["credentials"] if isinstance(given, dict) else given
        found = [Credential(row["device"], row["user"], row["password"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            detail=f'--credentials {where}: [{{"device", "user", "password"}}] is meant ({error})'
        ) from None
    bands = [c for c in found if c.device != WORLD]
    if not bands:
        raise BadInput(detail=f"--credentials {where}: no device in it")
    return bands, next((c for c in found if c.device == WORLD), None)


def _source(options: argparse.Namespace) -> Source:
    return recordings.source(options.recordings) if options.recordings else synthetic.source(options.seed)


if __name__ == "__main__":
    sys.exit(main())
