"""`mumian up`: every part of one home in one process beside its database and broker, watched until SIGTERM.

The order matters: database, migrations, what was durable, broker, delivery, pages, and only then the ready line.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import ipaddress
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import structlog
import uvicorn

from mumian.core.act.channels import Webhook, WebPush
from mumian.core.act.outbox import Delivery
from mumian.core.decide import stream
from mumian.core.kernel import ports
from mumian.core.kernel.clock import SystemClock, iso
from mumian.core.kernel.errors import BadInput, MumianError
from mumian.core.kernel.settings import Settings
from mumian.core.observe import broker as brokers
from mumian.core.observe import quarantine
from mumian.core.observe.gateways import Topic
from mumian.core.observe.mqtt import Subscriber
from mumian.core.observe.records import Refused
from mumian.core.scenario import Scenario
from mumian.core.store import Store, migrate, room
from mumian.core.store.postgres import Launcher
from mumian.service import housekeeping, tls, watches
from mumian.service.live import Live
from mumian.service.pipeline import Pipeline
from mumian.service.roster import Roster

_THREADS = 16
log = structlog.get_logger()
ADDRESS = "service.json"
TURN_S = (
    0.0005  # an alarm passes some thirty hand-overs between threads: at Python's 5 ms they alone cost 0.2 s
)
STOP_S = 10.0  # how long the end waits for what is under way; what is not finished is found again at the next start
RESERVE_BYTES = 300_000_000  # below this telemetry is shed; alarms are taken to the last byte


@dataclass(slots=True)
class Options:
    """Where to listen. Ports 0: any free one."""

    host: str
    port: int
    mqtt_port: int
    watch_port: int
    insecure: bool = False
    extra: dict[str, Any] = field(default_factory=dict)  # beside the ready line, for `mumian demo`

    @property
    def loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


class Service:
    """All parts of one home."""

    def __init__(self, settings: Settings, scenarios: tuple[Scenario, ...], options: Options) -> None:
        self.settings, self.scenarios, self.options = settings, scenarios, options
        self.clock = SystemClock()
        self._closing: list[Callable[[], None]] = []
        self.certificate = self._certificate()

    def _certificate(self) -> tuple[Path, Path] | None:
        if self.options.loopback or self.options.insecure:
            return None
        pair = tls.paths(self.settings.home)
        if not all(file.exists() for file in pair):
            raise BadInput(
                detail=f"--host {self.options.host} is reachable from the network and {pair[0]} is missing: run `mumian cert`,"
                " put your own certificate there, or allow plain HTTP with --insecure"
            )
        return pair

    # — starting ——————————————————————————————————————————————————————————————

    def start(self) -> None:
        """Everything but the pages."""
        sys.setswitchinterval(TURN_S)
        self.listener = _bind(
            self.options.host, self.options.port
        )  # before anything starts: a taken port is told at once
        self._closing.append(self.listener.close)
        if self._has_gateway() and ports.taken(self.options.host, self.options.watch_port):
            raise watches.port_taken(self.options.watch_port, os.strerror(errno.EADDRINUSE))
        Thread(target=_import_what_is_slow, daemon=True, name="imports").start()
        self.server = Launcher().start(self.settings.home, self.settings.dsn)
        self._closing.append(self.server.stop)
        self.store = Store(self.server.dsn, self.settings.home, self.clock, connections=24)
        self._closing.append(self.store.close)
        migrate(self.store)
        self.roster = Roster(self.store)
        self.pipeline = Pipeline(
            self.store, self.roster, self.scenarios, self.settings.ladder_s, self._acknowledge, self._room
        )
        self.pipeline.rebuild()
        self._start_broker()
        self._start_loops()
        self._start_posts()
        self.live = Live(self.settings, self.pipeline, self._probes(), self.posts)
        self.live.newest = stream.head(self.store)
        Thread(target=self._listen, daemon=True, name="news").start()
        self._start_lanes()

    def _start_broker(self) -> None:
        self.broker: brokers.Broker | None = None
        url = self.settings.mqtt_url
        if not url:
            brokers.sync_passwords(self.settings.home, self.store)
            self.broker = brokers.Broker(
                self.settings.home,
                self.options.host,
                self.options.mqtt_port,
                self.certificate,
                on_refused=self._refused,
                topics=self._topics(),
            )
            self.broker.start()
            self._closing.append(self.broker.stop)
            word = quote(brokers.own_passwords(self.settings.home)[brokers.SERVICE], safe="")
            url = self.broker.address.url.replace("://", f"://{brokers.SERVICE}:{word}@")
        self.subscriber = Subscriber(
            url,
            self._arrived,
            _client_id(self.settings.home),
            insecure_tls=self.broker is not None,
            topics=self._topics(),
        )

    def _topics(self) -> list[Topic]:
        """Those of all houses that stand here."""
        return [topic for scenario in self.scenarios for topic in scenario.topics]

    def _start_loops(self) -> None:
        webhook = Webhook(self.settings.webhook_url) if self.settings.webhook_url else None
        self.push = WebPush(self.settings.home / "keys")
        delivery = Delivery(self.store, webhook, self.push, self._command)
        self.loops = {
            loop.name: loop
            for loop in (
                housekeeping.timers_loop(self.store, self.settings.ladder_s),
                housekeeping.delivery_loop(delivery),
                housekeeping.silence_loop(self.store, self.pipeline, self._listening_since),
                housekeeping.tasks_loop(self.store, self.scenarios),
                housekeeping.flush_loop(self.store, self.pipeline),
                housekeeping.seal_loop(self.store, self._origins),
                housekeeping.evidence_loop(self.store),
                housekeeping.retention_loop(self.store),
                housekeeping.figures_loop(self.store, self.scenarios),
                housekeeping.Loop("watchdog", 0.5, self._watch),
            )
        }
        for loop in self.loops.values():
            loop.start()
        self._closing.append(self._stop_loops)

    def _start_posts(self) -> None:
        """What the houses run beside us."""
        made = [
            post for house in self.scenarios for post in house.posts(self.settings, self.store, self.clock)
        ]
        self.posts = {post.name: post for post in made}
        for post in made:
            post.start()
            self._closing.append(post.stop)

    def _stop_loops(self) -> None:
        """All at once: ten tasks that are busy must not be waited for one after the other."""
        for loop in self.loops.values():
            loop.end()
        until = time.monotonic() + STOP_S
        for loop in self.loops.values():
            loop.join(until - time.monotonic())

    def _start_lanes(self) -> None:
        lanes = [
            Thread(target=self.pipeline.run, args=(lane,), daemon=True, name=f"lane-{lane.name}")
            for lane in (self.pipeline.urgent, self.pipeline.bulk)
        ]
        for thread in lanes:
            thread.start()
        self.subscriber.start()

        def close() -> None:
            self.subscriber.stop()
            self.pipeline.stop()
            for thread in lanes:
                thread.join(STOP_S)
            self.pipeline.exposure.flush(self.store)

        self._closing.append(close)

    # — running ——————————————————————————————————————————————————————————————

    def _arrived(self, topic: str, payload: bytes, received_us: int, token: tuple[int, int]) -> None:
        self.pipeline.mqtt(topic, payload, received_us, lambda: self.subscriber.done(token))

    def _acknowledge(self, topic: str, payload: bytes) -> None:
        self.subscriber.publish(
            topic, payload, qos=0
        )  # one that is lost makes the device send again, and we answer again

    def _command(self, device: str, message: Any) -> None:
        body = {"id": message["id"], "kind": message["kind"], "until": iso(message["until_us"])}
        self.subscriber.publish(f"mumian/{device}/command", json.dumps(body).encode())

    def _refused(self, refused: list[Refused]) -> None:
        """What the broker refused by itself, on the thread that reads its log."""
        try:
            with self.store.tx() as cur:
                quarantine.write(cur, refused)
        except MumianError as error:  # counted in /healthz all the same; the log must be read on
            log.warning("refusals of the broker not stored", refused=len(refused), error=str(error)[:200])

    def _room(self) -> bool:
        return room(self.settings.home) > RESERVE_BYTES

    def _listening_since(self) -> int | None:
        if not self.subscriber.connected:
            return None
        return self.clock.now_us() - round((time.monotonic() - self.subscriber.since) * 1e6)

    def _origins(self) -> dict[str, str]:
        return {id: held.origin for id, held in self.roster.home.devices.items()}

    def _watch(self) -> None:
        """Bring back what died: the database first, then the broker."""
        if not self.server.alive():
            log.warning("the database is gone, starting it again")
            self.server.ensure()
        if self.broker and not self.broker.alive():
            log.warning("mosquitto is gone, starting it again")
            self.broker.restart()

    def _listen(self) -> None:
        """News from the database wakes whoever waits for it."""
        while not self.store.closed.is_set():
            try:
                for note in self.store.listen(("transitions", "timers", "outbox", "registry"), 5.0):
                    self._heard(note)
            except Exception as error:  # the server went away: read state anew when it is back
                if self.store.closed.is_set():
                    return
                log.warning("no news from the database, listening again", error=str(error)[:200])
                time.sleep(0.3)

    def _heard(self, note: tuple[str, str] | None) -> None:
        if note is None:
            self.live.tell(stream.head(self.store))
            return
        channel, payload = note
        if channel == "transitions":
            self.live.tell(int(payload))
        elif channel == "timers":
            self.loops["timers"].wake()
        elif channel == "outbox":
            self.loops["delivery"].wake()
        elif channel == "registry":
            self.roster.changed()

    def _probes(self) -> dict[str, Callable[[], Mapping[str, Any]]]:
        probes: dict[str, Callable[[], Mapping[str, Any]]] = {
            "postgres": lambda: {"ok": self.server.alive(), "pid": self.server.pid},
            "mosquitto": lambda: {
                "ok": self.subscriber.connected, "pid": self.broker.pid if self.broker else None,
                "denied": self.broker.denied if self.broker else 0,
            },
            "disk": lambda: {"ok": True, "free_bytes": room(self.settings.home), "telemetry_shed": not self._room()},
        }  # fmt: skip
        for name, loop in self.loops.items():
            probes[name] = lambda loop=loop: {"ok": loop.ok, "said": loop.said}  # type: ignore[misc]
        return probes | {name: post.health for name, post in self.posts.items()}

    # — serving ——————————————————————————————————————————————————————————————

    def serve(self, ready: Callable[[dict[str, Any]], None]) -> None:
        """Serve pages until SIGTERM or SIGINT; `ready` gets the ready line once everything answers."""
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: Callable[[dict[str, Any]], None]) -> None:
        from mumian import web

        loop = asyncio.get_running_loop()
        loop.set_default_executor(
            ThreadPoolExecutor(_THREADS, "web")
        )  # orders that wait for a machine keep no page waiting
        self.live.attach(loop)
        listener = self.listener
        listener.listen(1024)
        port = listener.getsockname()[1]
        app = web.create(self.store, self.settings, self.clock, self.scenarios, self.live)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, timeout_graceful_shutdown=2, lifespan="off", server_header=False,
            ssl_certfile=str(self.certificate[0]) if self.certificate else None,
            ssl_keyfile=str(self.certificate[1]) if self.certificate else None,
        )  # fmt: skip
        server = _Pages(config)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.end)
        watch_port = await self._serve_watches()
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if server.started:
            line = self._ready_line(port, watch_port)
            self._leave_word(line)
            _settle()
            ready(line)
        await serving
        with contextlib.suppress(Exception):
            await self._stop_watches()

    def _has_gateway(self) -> bool:
        return any(scenario.gateway is not None for scenario in self.scenarios)

    async def _serve_watches(self) -> int | None:
        """TCP gateways of the scenarios; returns the watch port, None where no house has a gateway."""
        self._watch_server = await watches.serve(self, self.options.host, self.options.watch_port)
        return self._watch_server.port if self._watch_server else None

    async def _stop_watches(self) -> None:
        if self._watch_server:
            await self._watch_server.close()

    def _ready_line(self, port: int, watch_port: int | None) -> dict[str, Any]:
        from mumian.core.identity import setup

        url = f"{'https' if self.certificate else 'http'}://{_shown(self.options.host)}:{port}"
        token = setup.issue(self.store)
        mqtt = self.broker.address.url if self.broker else self.settings.mqtt_url or ""
        return {
            "ready": True, "url": url, "mqtt": _without_password(mqtt), "watch": f"{_shown(self.options.host)}:{watch_port}" if watch_port else None,
            "home": str(self.settings.home), **({"setup_url": f"{url}/setup/{token}"} if token else {}),
            "pids": {"service": os.getpid(), "postgres": self.server.pid, "mosquitto": self.broker.pid if self.broker else None},
            **self.options.extra,
        }  # fmt: skip

    def _leave_word(self, line: dict[str, Any]) -> None:
        """Where commands beside us find us: `home/service.json`, for this user alone, without anything secret."""
        file = self.settings.home / ADDRESS
        told = {name: line[name] for name in ("url", "mqtt", "watch", "home", "pids")}
        if self.certificate:
            told["certificate"] = str(self.certificate[0])
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
        self._closing.append(lambda: file.unlink(missing_ok=True))

    def stop(self) -> None:
        """End all parts in the reverse order of their start."""
        while self._closing:
            close = self._closing.pop()
            try:
                close()
            except Exception as error:  # one part's fault must not keep the others from ending
                log.warning("a part did not end cleanly", error=str(error)[:200])


class _Pages(uvicorn.Server):
    """uvicorn without its own signal handling: it raises SIGTERM again at its end, which would skip ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def end(self) -> None:
        """Finish what is being answered, then return from `serve`; a second signal does not wait."""
        self.force_exit = self.should_exit
        self.should_exit = True


def _settle() -> None:
    """What stands now stays: the collector need not walk through it again, nor look for garbage every 700 objects, which
    with a thousand residents costs a fifth of the interpreter's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _import_what_is_slow() -> None:
    """While the database starts: what the first page or the first figure would otherwise import in the midst of duty."""
    import pywebpush  # noqa: F401 (the import is the purpose)
    import scipy.stats  # noqa: F401


def _bind(host: str, port: int) -> socket.socket:
    listener = socket.socket(ports.family(host), socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by what is accepted. Without it a short answer's body waits 40 ms for the acknowledgement of its head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port or ports.free(host)))
    except OSError as error:
        raise BadInput(
            detail=f"port {port} on {host} cannot be used ({error.strerror}): choose another with --port, 0 takes a free one"
        ) from None
    listener.setblocking(False)
    return listener


def _shown(host: str) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - shown, not bound
    return f"[{host}]" if ":" in host else host


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _client_id(home: Path) -> str:
    """The same for one home after every restart, so that the broker keeps its queue; different for two homes."""
    file = home / "keys" / "client-id"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(f"mumian-service-{os.urandom(4).hex()}")
    return file.read_text()


def set_up_logging() -> None:
    """Logs go to stderr: one line each, readable by people on a terminal, JSON elsewhere."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer()
            if sys.stderr.isatty()
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def have(program: str) -> bool:
    return shutil.which(program) is not None
