"""`mumian powerline fly` and `link`: a plan and a vehicle's address in; a record, lines and an exit code out."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mumian.core.kernel.errors import BadInput, MumianError
from mumian.core.kernel.words import shell_lang

if TYPE_CHECKING:
    from mumian.scenarios.powerline.act.flight.flight import Wishes
    from mumian.scenarios.powerline.observe.mavlink.link import Link

_GROUND_STATION = 255


def fly(
    plan: Path,
    vehicle: str,
    record: Path | None = None,
    signing_key: Path | None = None,
    wishes: Wishes | None = None,
    as_json: bool = False,
    *,
    unproved: bool = False,
) -> None:
    """Fly a QGroundControl plan and exit by outcome: 0 flown whole, 1 refused or aborted, 2 (BadInput) for a plan, address
    or key that cannot be used. A plan that carries its line is proved first, and not sent where it breaks a rule, unless `unproved`;
    one without a line is flown and said to be unjudged. `record` is `PLAN.flight.jsonl` beside the plan unless given; the journal stands beside it.
    """
    from mumian.scenarios.powerline.act.flight.flight import Teller, Wishes
    from mumian.scenarios.powerline.act.flight.flight import fly as flown
    from mumian.scenarios.powerline.act.flight.plan_file import read
    from mumian.scenarios.powerline.act.flight.record import Journal, Record
    from mumian.scenarios.powerline.observe.mavlink.codec import Codec
    from mumian.scenarios.powerline.observe.mavlink.endpoint import parse

    endpoint, given, key = parse(vehicle), read(plan), read_key(signing_key)
    place = record or plan.with_suffix(".flight.jsonl")
    written = Record(place)
    with _alone(place.with_suffix(".journal")) as journal, _bars() as bars:
        held = Journal(journal)
        teller = Teller(written, held, _say, bars)
        try:
            proof = "resumed" if held.resumes(given.sha256) else _proof(plan, must=not unproved)
            outcome, figures = asyncio.run(flown(given, endpoint, Codec(key=key), teller, wishes or Wishes()))
        except KeyboardInterrupt:
            _say(
                "stopped watching; the vehicle flies on by itself. Run the same command again to take the watching up"
            )
            raise typer.Exit(1) from None
        except BadInput:
            raise
        except (
            MumianError
        ) as refused:  # whatever its HTTP status: the input was good, the vehicle or the link said no
            _refused(refused, as_json=as_json)
            raise typer.Exit(1) from None
        finally:
            written.close()
    _finish(
        outcome.end,
        {**figures, "proof": proof, "upload_only": bool(wishes and wishes.upload_only)},
        written.failed,
        place,
        as_json=as_json,
    )


def _proof(plan: Path, *, must: bool) -> str:
    from mumian.scenarios.powerline.decide.plan.before_flight import proved

    proof = proved(plan, must=must)
    if proof == "not judged":
        _say(
            "the plan carries no line, so nothing was proved: no distance to conductors, no energy, no return height"
        )
    elif proof == "violated":
        _say("the plan breaks rules and is flown all the same, as --unproved says")
    return proof


def _refused(refused: MumianError, *, as_json: bool) -> None:
    if as_json:
        print(
            json.dumps(
                {"outcome": "refused", "code": refused.code, "why": refused.say("en")}, ensure_ascii=False
            )
        )
    _say(f"mumian: {refused.say(shell_lang())}")


def _finish(end: str, figures: dict[str, Any], failed: str, place: Path, *, as_json: bool) -> None:
    figures = {**figures, "record": str(place), **({"record_failed": failed} if failed else {})}
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))
    else:
        flown = f"{figures['items_flown']} of {figures['items']} items, {figures['photos_by_camera']} of "
        flown += f"{figures['photos_wanted']} photographs told by the camera, {figures['photos_by_item_only']} by the item alone"
        if figures["upload_only"]:
            flown = f"{figures['items']} items uploaded and read back, nothing flown"
        said = "".join(f'\n  "{text}"' for text in figures["vehicle_said"])
        print(f"{end}: {figures['why'] + '; ' if figures['why'] else ''}{flown}; record {place}{said}")
    if failed:
        _say(f"the record is incomplete: {failed}")
    if end != "whole" or failed:
        raise typer.Exit(1)


def link(
    url: str,
    seconds: float | None = None,
    signing_key: Path | None = None,
    system: int | None = None,
    as_json: bool = True,
) -> None:
    """One line a second on stdout until `seconds` are over or Ctrl-C: messages, loss, round trip, mode.

    BadInput for an address or key that cannot be used; a silent link is no error: its lines say 0 messages.
    """
    from mumian.scenarios.powerline.observe.mavlink.codec import Codec
    from mumian.scenarios.powerline.observe.mavlink.endpoint import parse

    if seconds is not None and not seconds > 0:
        raise BadInput(detail=f"--seconds {seconds}: more than 0 is meant")
    endpoint, codec = parse(url), Codec(key=read_key(signing_key))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_watch(endpoint, codec, seconds, system, as_json=as_json))


async def _watch(
    endpoint: Any, codec: Any, seconds: float | None, system: int | None, *, as_json: bool
) -> None:
    from mumian.scenarios.powerline.observe.mavlink.link import Link
    from mumian.scenarios.powerline.observe.mavlink.vehicle import Vehicle, is_vehicle

    vehicle: Vehicle | None = None

    def heard(message: Any) -> None:
        nonlocal vehicle
        speaks = message.get_type() == "HEARTBEAT" and is_vehicle(message)
        if vehicle is None and speaks and system in (None, message.get_srcSystem()):
            vehicle = Vehicle(message.get_srcSystem(), message.get_srcComponent())
        if vehicle is not None:
            vehicle.heard(message)

    async with Link.opened(endpoint, codec) as opened:
        opened.on(("*",), heard)
        began, count, before = time.monotonic(), 0, (0, 0)
        while seconds is None or time.monotonic() - began < seconds - 0.01:
            count += 1
            await asyncio.sleep(max(0.0, began + count - time.monotonic()))
            now = opened.quality.totals()
            row = line(opened, vehicle, now[0] - before[0], max(0, now[1] - before[1]))
            before = now
            print(json.dumps(row) if as_json else _words(row), flush=True)


def line(opened: Link, vehicle: Any, messages: int, lost: int) -> dict[str, Any]:
    """One second of a link. `loss` is a fraction of this second's messages, by gaps in the senders' sequence."""
    from mumian.core.kernel.clock import SystemClock, iso

    quality = opened.quality
    trip, total = quality.round_trip, quality.loss()
    loss = lost / (messages + lost) if messages + lost else None
    return {
        "time": iso(SystemClock().now_us()),
        "messages": messages,
        "messages_total": quality.totals()[0],
        "loss": None if loss is None else round(loss, 4),
        "loss_percent": None if loss is None else round(100 * loss, 2),
        "loss_percent_total": None if total is None else round(100 * total, 2),
        "round_trip_ms": None if trip.last_us is None else round(trip.last_us / 1000, 2),
        "clock_offset_ms": None if trip.offset_us is None else round(trip.offset_us / 1000, 1),
        "mode": vehicle.mode if vehicle is not None else None,
        "armed": vehicle.armed if vehicle is not None else None,
        "system": vehicle.system if vehicle is not None else None,
        "battery_percent": vehicle.battery_percent if vehicle is not None else None,
        "refused": dict(opened.refused),
    }


def _words(row: dict[str, Any]) -> str:
    def shown(value: Any, unit: str) -> str:
        return "–" if value is None else f"{value}{unit}"

    return (f"{row['time'][11:19]}  {row['messages']:5d} messages  loss {shown(row['loss_percent'], ' %')}  "
            f"round trip {shown(row['round_trip_ms'], ' ms')}  mode {shown(row['mode'], '')}")  # fmt: skip


def read_key(path: Path | None) -> bytes | None:
    """A MAVLink signing key: 32 bytes, or 64 hexadecimal digits; BadInput for anything else."""
    if path is None:
        return None
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise BadInput(detail=f"The signing key {path.name} cannot be read ({fault.strerror})") from None
    if len(raw) == 32:
        return raw
    with contextlib.suppress(ValueError, UnicodeDecodeError):
        key = bytes.fromhex(raw.decode("ascii").strip())
        if len(key) == 32:
            return key
    raise BadInput(detail=f"{path.name} is no signing key: 32 bytes or 64 hexadecimal digits are meant")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _alone(journal: Path) -> Iterator[Path]:
    """Two processes may not watch one flight: the second is told so at once."""
    with journal.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadInput(
                detail=f"Another `fly` is using {journal.name}: wait for it, or give this one its own --record"
            ) from None
        yield journal


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Progress bars on a terminal's stderr; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda _: lambda _done, _all: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:

        def bar(name: str) -> Callable[[int, int], None]:
            task = progress.add_task(name, total=None)

            def show(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total, visible=done < total)

            return show

        yield bar
