"""`up` and `demo`: options over settings, the ready line, the end by SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import webbrowser
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.settings import Settings


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
        chosen.extra = {"accounts": home.accounts}
        world = World(service, demo, home, speed, seed)
        ending.callback(world.stop)

        def ready(line: dict[str, Any]) -> None:
            world.start()
            announce(line)
            _greet(line["url"], home.accounts, settings)
            if seconds:
                threading.Timer(seconds, _terminate).start()
            if browser and sys.stderr.isatty():
                webbrowser.open(line["url"])

        service.serve(ready)


def _greet(url: str, accounts: list[dict[str, str]], settings: Settings) -> None:
    """For the person at the terminal: where to go, as whom, and how other commands find this home. stdout stays the ready line's."""
    rows = "".join(f"  {a['role']:<10} {a['user']} / {a['password']}\n" for a in accounts)
    found = f"MUMIAN_HOME={settings.home} MUMIAN_HOUSES={','.join(settings.houses)}"
    print(f"\n  木棉 {url}\n{rows}  {found} mumian alarms | indicators | …\n", file=sys.stderr)


def _end_on_sigterm() -> None:
    """Before pages are served (which has handlers of its own) SIGTERM unwinds, so that what was started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def _terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
