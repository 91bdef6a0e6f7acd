"""The contract a scenario fulfils: what the service, the web and the command line may ask of a house.

It stands above prove because it names indicators, rules and pages. It holds no logic of any scenario.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mumian.core.act.following import CareTask, Moved
from mumian.core.decide.policy import Policy
from mumian.core.observe.gateways import Adapter, Gateway, Topic

if TYPE_CHECKING:
    from mumian.core.identity.gate import Principal
    from mumian.core.kernel.clock import Clock
    from mumian.core.kernel.settings import Settings
    from mumian.core.store import Store
    from mumian.core.understand.steps import Detector


class Post(Protocol):
    """Something of a house's own that runs as long as the service does, such as a watch on the vehicles' links.

    `start` and `stop` return at once or within seconds; what goes wrong in between is told by `health` and mended by the post itself.
    """

    name: str

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def health(self) -> Mapping[str, Any]:
        """`{"ok": True, …}`, one part of /healthz."""
        ...


class Live(Protocol):
    """What a page may ask of the running service."""

    settings: Settings
    posts: Mapping[str, Any]  # the houses' posts by name; a house knows the type of its own

    def health(self) -> Mapping[str, Mapping[str, Any]]:
        """Each part's state: {"postgres": {"ok": True, …}, …}."""
        ...


@dataclass(frozen=True, slots=True)
class File:
    """A file that was chosen in a form: the name its sender gave it, without folders, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as a page's view sees it: who, when, with which words, over which store."""

    store: Store
    clock: Clock
    principal: Principal
    lang: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, list[str]]
    live: Live | None = None
    files: Mapping[str, File] = field(default_factory=dict)  # chosen ones alone, by the field's name

    def field(self, name: str) -> str:
        """The form's first value of `name`, stripped; empty when absent."""
        return (self.form.get(name) or [""])[0].strip()


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go to `path`; `said` is shown there once."""

    path: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that web mounts. `view` is synchronous, runs in a thread and returns the template's context.

    A page that has moved returns a Redirect and needs no template ("").
    """

    path: str
    template: str
    permission: str
    view: Callable[[Visit], Mapping[str, object] | Redirect]
    title: Mapping[str, str]
    icon: str = "i-doc"
    nav: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """A form's target. Raises MumianError to show the fault beside what was typed.

    max_bytes  0: an ordinary form of up to 256 KB; else the form may be multipart and carry files, and its whole body be so large
    """

    path: str
    permission: str
    do: Callable[[Visit], Redirect | Mapping[str, object]]
    max_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Stream:
    """Server-sent events that web mounts. `open` runs in the event loop and must not block it; what it yields goes out as it is.

    Web looks every few seconds whether the asker may still read, and ends the stream when not.
    """

    path: str
    permission: str
    open: Callable[[Visit], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Play:
    """The service that a demo's world plays to."""

    settings: Settings
    broker: str
    certificate: Path | None  # of the broker, where it speaks TLS
    speed: float
    seed: int
    devices: int  # how many devices' credentials come on the world's stdin


@dataclass(frozen=True, slots=True)
class Demo:
    """What `mumian demo` makes of an empty home of this house, and the world that plays beside it, in a process of its own.

    site    (size, seed, now_us, origin) → SITE.json
    origin  of what plays, given the folder of recordings
    world   its command line; it reads the devices' MQTT credentials from stdin as JSON
    adjust  the settings that the demo's service runs with
    plays   one sentence for each thing that is recorded or drawn, for the person at the terminal
    """

    site: Callable[[int, int, int, str], dict[str, Any]]
    origin: Callable[[Path], str]
    world: Callable[[Play], Sequence[str]]
    adjust: Callable[[Settings], Settings] = lambda settings: settings
    plays: Callable[[Settings], Sequence[str]] = lambda _: ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One house. Everything that the core's rooms need to know of it, declared."""

    name: str
    title: Mapping[str, str]
    clause: str
    folder: Path
    pages: Sequence[Page] = ()
    actions: Sequence[Action] = ()
    streams: Sequence[Stream] = ()
    indicators: Sequence[Any] = ()
    detectors: Callable[[], Sequence[Detector[Any]]] = tuple
    policy: Callable[[], Policy] = lambda: Policy({})
    every_one: frozenset[str] = frozenset()  # finding kinds of which each occurrence is an alarm of its own
    adapters: Mapping[str, Adapter] = field(default_factory=dict)  # by the first level of their topics
    topics: Sequence[
        Topic
    ] = ()  # of the house's own devices, permitted by our broker; those they write are subscribed
    gateway: Gateway | None = None
    posts: Callable[[Settings, Store, Clock], Sequence[Post]] = lambda settings, store, clock: ()
    notice: str = ""  # what every page of the house says of itself in one line, in Chinese; its catalogue holds the English
    tasks: Callable[[Moved], Sequence[CareTask]] = lambda moved: ()
    demo: Demo | None = None
    remark: Callable[[str, str], str] = lambda note, lang: (
        note
    )  # a figure's note as its indicator wrote it → in the reader's language
