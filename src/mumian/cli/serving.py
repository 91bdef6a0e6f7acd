"""`up` and `demo`: options over settings, the ready line, the end by SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.settings import Settings, remember_houses

if TYPE_CHECKING:
    from mumian.core.scenario import Scenario


def run(settings: Settings, host: str | None, port: int | None, mqtt_port: int | None, watch_port: int | None,
        insecure: bool) -> None:  # fmt: skip
    """Serve until SIGTERM."""
    from mumian import scenarios
    from mumian.service import up

    up.set_up_logging()
    _end_on_sigterm()
    service = up.Service(
        settings,
        scenarios.of(settings.houses),
        options(settings, host, port, mqtt_port, watch_port, insecure),
    )
    try:
        service.start()
        service.serve(announce)
    finally:
        service.stop()


def options(settings: Settings, host: str | None, port: int | None, mqtt_port: int | None, watch_port: int | None,
            insecure: bool) -> Any:  # fmt: skip
    from mumian.service.up import Options

    def given(option: int | None, setting: int) -> int:
        return setting if option is None else option

    return Options(host or settings.host, given(port, settings.port), given(mqtt_port, settings.mqtt_port),
                   given(watch_port, settings.watch_port), insecure)  # fmt: skip


def announce(line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)


def run_demo(settings: Settings, scenario: str, host: str | None, port: int | None, mqtt_port: int | None,
             watch_port: int | None, insecure: bool, *, speed: float, seconds: float | None, seed: int, residents: int,
             browser: bool) -> None:  # fmt: skip
    """Serve a seeded home with its world playing."""
    from mumian import scenarios
    from mumian.service import up
    from mumian.service.demo import World
    from mumian.service.demo import seed as seed_home

    demos = {s.name: s.demo for s in scenarios.ALL if s.demo is not None}
    demo = demos.get(scenario)
    if demo is None:
        raise BadInput(detail=f"scenario {scenario!r}: worlds that play stand for {', '.join(demos)}")
    if settings.mqtt_url:
        raise BadInput(detail="a demo plays on its own broker: unset MUMIAN_MQTT_URL")
    if scenario not in settings.houses:
        settings = replace(settings, houses=(scenario,))
    settings = demo.adjust(settings)
    up.set_up_logging()
    chosen = options(settings, host, port, mqtt_port, watch_port, insecure)
    _end_on_sigterm()
    service = up.Service(settings, scenarios.of(settings.houses), chosen)
    with ExitStack() as ending:
        ending.callback(service.stop)
        service.start()
        home = seed_home(service.store, scenario, demo, residents, seed, demo.origin(settings.data))
        remember_houses(settings.home, settings.houses)
        told = [a | _doors(service.scenarios, a["role"]) for a in home.accounts]
        chosen.extra = {"accounts": told, "plays": list(demo.plays(settings))}
        world = World(service, demo, home, speed, seed)
        ending.callback(world.stop)

        def ready(line: dict[str, Any]) -> None:
            world.start()
            announce(line)
            _greet(line, settings)
            if seconds:
                threading.Timer(seconds, _terminate).start()
            if browser and sys.stderr.isatty():
                webbrowser.open(line["url"])

        service.serve(ready)


def _doors(houses: Sequence[Scenario], role: str) -> dict[str, list[str]]:
    """The pages in the menu of this role, by whether it may act on them or only look."""
    from mumian.core.identity.gate import permitted

    doors: dict[str, list[str]] = {"acts_on": [], "looks_at": []}
    for house in houses:
        for page in (page for page in house.pages if page.nav and permitted(role, page.permission)):
            targets = [a for a in house.actions if f"{a.path}/".startswith(f"{page.path}/")]
            acts = any(permitted(role, action.permission) for action in targets)
            doors["acts_on" if acts else "looks_at"].append(page.path)
    if permitted(role, "account.write"):
        doors["acts_on"].append("/accounts")
    return doors


def _greet(line: dict[str, Any], settings: Settings) -> None:
    """For the person at the terminal: where to go, as whom, and how other commands find this home. stdout stays the ready line's."""
    rows = ""
    for account in line["accounts"]:
        rows += f"  {account['role']:<10} {account['user']} / {account['password']}\n"
        for does, paths in (("acts on", account["acts_on"]), ("looks at", account["looks_at"])):
            rows += f"  {'':<10} {does} {' '.join(paths)}\n" if paths else ""
    plays = "".join(f"  {sentence}\n" for sentence in line["plays"])
    print(
        f"\n  木棉 {line['url']}\n{rows}{plays}  MUMIAN_HOME={settings.home} mumian alarms | indicators | …\n",
        file=sys.stderr,
    )


def _end_on_sigterm() -> None:
    """Before pages are served (which has handlers of its own) SIGTERM unwinds, so that what was started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def _terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
