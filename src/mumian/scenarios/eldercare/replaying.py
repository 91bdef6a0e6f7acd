"""`mumian eldercare replay`: the world's replayer against the running service of this home, as a process of its own.

It registers bands of its own (origin replay) on the residents who have none, plays, and retires nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core import registry
from mumian.core.kernel import settings as kernel_settings
from mumian.core.kernel.errors import BadInput, Unavailable
from mumian.core.kernel.ids import DeviceId, PersonId
from mumian.core.observe import broker as brokers
from mumian.core.store import open_home
from mumian.core.store.postgres import service_pid

if TYPE_CHECKING:
    from mumian.core.store import Store

PREFIX = "replay-"


def play(recordings: Path, residents: int, speed: float, seed: int, seconds: float | None) -> None:
    """Play until the time is up, Ctrl-C, or the service ends. Raises BadInput for a missing archive or too few people."""
    if not recordings.exists():
        raise BadInput(detail=f"{recordings} is not there: name an archive of recorded trials (.npz)")
    settings = kernel_settings.load()
    if service_pid(settings.home) is None:
        raise Unavailable(part="service", detail=f"nothing runs on {settings.home}: start `mumian up` first")
    with open_home(settings) as store:
        credentials = _bands(store, residents)
    broker = brokers.address(settings.home)
    if broker is None:
        raise Unavailable(
            part="broker",
            detail="this home's service uses a broker of its own elsewhere (MUMIAN_MQTT_URL): play there with"
            " `python -m mumian.worlds.eldercare --mqtt URL --credentials FILE`",
        )
    word = brokers.own_passwords(settings.home)[brokers.WORLD]
    given: list[dict[str, Any]] = [*credentials, {"device": "world", "user": brokers.WORLD, "password": word}]
    command = [
        sys.executable, "-m", "mumian.worlds.eldercare", str(recordings), "--mqtt", broker.url,
        *(["--ca", str(broker.certificate)] if broker.certificate else []), "--credentials", "-", "--speed", str(speed), "--seed", str(seed), "--seconds", str(seconds or 0),
        "--fall-every-s", "420", "--state", str(settings.home / "replay.json"),
    ]  # fmt: skip
    subprocess.run(command, input=json.dumps(given), text=True, check=False)


def _bands(store: Store, residents: int) -> list[dict[str, Any]]:
    """Credentials of the replayed bands; a band that was made by an earlier replay gets a fresh password."""
    home = registry.snapshot(store)
    people = sorted(person.id for person in home.present())
    if len(people) < residents:
        raise BadInput(
            detail=f"the home has {len(people)} residents, {residents} are asked for: admit more or lower --residents"
        )
    made = []
    for person in people[:residents]:
        with store.tx() as cur:
            made.append(_band(cur, home, person, store.clock.now_us()).as_json())
    brokers.sync_passwords(store.home, store)
    return made


def _band(cur: Any, home: registry.Snapshot, person: PersonId, now_us: int) -> registry.Credential:
    device = DeviceId(f"{PREFIX}{person}")
    if home.device(device) is not None:
        return registry.renew_password(cur, device, at_us=now_us, by="replay")
    return registry.add_device(cur, "band", device, at_us=now_us, by="replay", origin="replay", person=person)
