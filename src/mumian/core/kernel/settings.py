"""The one settings object: environment first, then `mumian.toml`, then what the home itself remembers, then the default.

Every value knows its source. A home remembers (`home.toml` in it) only what belongs to it wherever it is opened: its houses.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mumian.core.kernel.errors import BadInput

DEFAULTS: dict[str, tuple[str, str]] = {
    # name: (default, what it is)
    "MUMIAN_HOME": ("./var", "data folder"),
    "MUMIAN_DSN": ("", "PostgreSQL to use instead of the embedded one"),
    "MUMIAN_MQTT_URL": ("", "broker to use instead of our own mosquitto, mqtt://user:password@host:port"),
    "MUMIAN_HOST": ("127.0.0.1", "address the pages are served on"),
    "MUMIAN_PORT": ("8000", "port of pages and API; 0 takes a free one"),
    "MUMIAN_MQTT_PORT": ("1883", "port of our own broker; 0 takes a free one"),
    "MUMIAN_WATCH_PORT": ("8801", "TCP port for 4G watches; 0 takes a free one"),
    "MUMIAN_DATA": ("", "folder of recorded data; default ../shared/data beside the checkout"),
    "MUMIAN_HOUSES": (
        "eldercare",
        "the houses that this home runs, with commas between; commands on files know all",
    ),
    "MUMIAN_VEHICLES": (
        "",
        "addresses on which the power-line house listens to vehicles, each with its origin: udp:0.0.0.0:14550=field,…",
    ),
    "MUMIAN_LADDER_S": ("15,60,120", "seconds per step of the ladder: wristband, caregiver, nurse"),
    "MUMIAN_WEBHOOK_URL": ("", "receives every page as JSON"),
}
REMEMBERED = "home.toml"
_OF_THE_HOME = ("MUMIAN_HOUSES",)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as `mumian settings` prints it."""

    name: str
    value: str
    source: str  # "environment" | path of mumian.toml or of the home's file | "default"
    about: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, parsed. Paths are absolute."""

    home: Path
    dsn: str
    mqtt_url: str
    host: str
    port: int
    mqtt_port: int
    watch_port: int
    data: Path
    ladder_s: tuple[float, ...]
    webhook_url: str
    houses: tuple[str, ...]
    vehicles: tuple[str, ...]
    listed: tuple[Setting, ...]


def load(env: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read the settings. `mumian.toml` lies in the working folder; its keys are the names in lower case without MUMIAN_.

    Raises BadInput naming the setting and the value that would do.
    """
    env = os.environ if env is None else env
    folder = Path.cwd() if folder is None else folder
    listed = _listed(env, folder / "mumian.toml")
    value = {s.name: s.value for s in listed}
    return Settings(
        home=Path(value["MUMIAN_HOME"]).expanduser().absolute(),
        dsn=value["MUMIAN_DSN"],
        mqtt_url=value["MUMIAN_MQTT_URL"],
        host=value["MUMIAN_HOST"],
        port=_port("MUMIAN_PORT", value["MUMIAN_PORT"]),
        mqtt_port=_port("MUMIAN_MQTT_PORT", value["MUMIAN_MQTT_PORT"]),
        watch_port=_port("MUMIAN_WATCH_PORT", value["MUMIAN_WATCH_PORT"]),
        data=Path(value["MUMIAN_DATA"]) if value["MUMIAN_DATA"] else _beside_checkout(),
        ladder_s=_ladder(value["MUMIAN_LADDER_S"]),
        webhook_url=_url(value["MUMIAN_WEBHOOK_URL"]),
        houses=_houses(value["MUMIAN_HOUSES"]),
        vehicles=tuple(part.strip() for part in value["MUMIAN_VEHICLES"].split(",") if part.strip()),
        listed=listed,
    )


def remember_houses(home: Path, houses: tuple[str, ...]) -> None:
    """Write into the home which houses it runs, for whoever opens it later without MUMIAN_HOUSES."""
    names = ", ".join(f'"{name}"' for name in houses)
    (home / REMEMBERED).write_text(f"houses = [{names}]\n", "utf-8")


def _listed(env: Mapping[str, str], file: Path) -> tuple[Setting, ...]:
    listed = {s.name: s for s in _read(env, file)}
    own = Path(listed["MUMIAN_HOME"].value).expanduser().absolute() / REMEMBERED
    remembered = _file(own, _OF_THE_HOME)
    for name in _OF_THE_HOME:
        if _key(name) in remembered and listed[name].source == "default":
            listed[name] = replace(listed[name], value=_text(remembered[_key(name)]), source=str(own))
    return tuple(listed.values())


def _read(env: Mapping[str, str], file: Path) -> Iterator[Setting]:
    written = _file(file, tuple(DEFAULTS))
    for name, (default, about) in DEFAULTS.items():
        if name in env:
            yield Setting(name, env[name], "environment", about)
        elif _key(name) in written:
            yield Setting(name, _text(written[_key(name)]), str(file), about)
        else:
            yield Setting(name, default, "default", about)


def _key(name: str) -> str:
    return name.removeprefix("MUMIAN_").lower()


def _file(file: Path, names: tuple[str, ...]) -> dict[str, object]:
    if not file.is_file():
        return {}
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(detail=f"{file} is not TOML: {error}") from None
    known = {_key(name) for name in names}
    if unknown := sorted(set(written) - known):
        raise BadInput(detail=f"{file}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    return written


def _text(value: object) -> str:
    return ",".join(str(v) for v in value) if isinstance(value, list) else str(value)


def _port(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise BadInput(detail=f"{name}={text!r}: a port from 0 to 65535 is meant (0 takes a free one)")
    return int(text)


def _houses(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names:
        raise BadInput(detail="MUMIAN_HOUSES is empty: name at least one house, such as eldercare")
    return names


def _ladder(text: str) -> tuple[float, ...]:
    try:
        steps = tuple(float(part) for part in text.split(","))
    except ValueError:
        steps = ()
    if not steps or not all(0 < s < 86_400 for s in steps):
        raise BadInput(detail=f"MUMIAN_LADDER_S={text!r}: seconds per step, such as 15,60,120")
    return steps


def _url(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise BadInput(detail=f"MUMIAN_WEBHOOK_URL={text!r}: begin with http:// or https://")
    return text


def _beside_checkout() -> Path:
    return Path(__file__).resolve().parents[5] / "shared" / "data"
