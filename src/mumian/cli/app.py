"""The commands and their groups. Rooms are imported inside the commands, so that `--help` and file commands start at once."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mumian.core.kernel import settings as kernel_settings

if TYPE_CHECKING:
    from mumian.core.store import Store

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, rich_markup_mode=None,
    help="木棉 Mumian: run a city's AI systems and prove what they achieve.",
)  # fmt: skip
site = typer.Typer(no_args_is_help=True, help="The home: places, people, staff, shifts, devices.")
device = typer.Typer(no_args_is_help=True, help="Devices and their credentials.")
account = typer.Typer(no_args_is_help=True, help="Accounts of people who sign in.")
app.add_typer(site, name="site")
app.add_typer(device, name="device")
app.add_typer(account, name="account")

Host = Annotated[str | None, typer.Option(help="Address to serve on; default MUMIAN_HOST.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port of pages and API; 0 takes a free one.")
]
MqttPort = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port of our broker; 0 takes a free one.")
]
WatchPort = Annotated[
    int | None, typer.Option(min=0, max=65535, help="TCP port for 4G watches; 0 takes a free one.")
]
Insecure = Annotated[bool, typer.Option("--insecure", help="Allow plain HTTP and MQTT on a network address.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def load_settings() -> kernel_settings.Settings:
    return kernel_settings.load()


def open_store() -> AbstractContextManager[Store]:
    """The running service's database, or the home's own started for the moment."""
    from mumian.core.store import open_home

    return open_home(load_settings())


def show(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str) -> None:
    print(text, file=sys.stderr)


@app.command(epilog="Example: mumian up --port 8080 --mqtt-port 0")
def up(host: Host = None, port: Port = None, mqtt_port: MqttPort = None, watch_port: WatchPort = None,
       insecure: Insecure = False) -> None:  # fmt: skip
    """Serve this home in the foreground until SIGTERM; prints one JSON line on stdout when ready."""
    from mumian.cli.serving import run

    run(load_settings(), host, port, mqtt_port, watch_port, insecure)


@app.command(epilog="Example: mumian demo eldercare --speed 2 --seconds 120")
def demo(
    scenario: Annotated[str, typer.Argument(help="Which house.")] = "eldercare",
    host: Host = None, port: Port = None, mqtt_port: MqttPort = None, watch_port: WatchPort = None,
    insecure: Insecure = False,
    speed: Annotated[float, typer.Option(min=0.1, max=50, help="How many times as fast as life.")] = 1.0,
    seconds: Annotated[float | None, typer.Option(min=1, help="End by itself after so many seconds.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same world.")] = 1,
    residents: Annotated[int, typer.Option(min=1, max=1200, help="How many people live in the demo home.")] = 24,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:  # fmt: skip
    """As `up`, with a seeded home and the house's world playing (eldercare, powerline); the ready line also has `accounts`."""
    from mumian.cli.serving import run_demo

    run_demo(load_settings(), scenario, host, port, mqtt_port, watch_port, insecure,
             speed=speed, seconds=seconds, seed=seed, residents=residents, browser=not no_browser)  # fmt: skip


@app.command(epilog="Example: mumian settings --json")
def settings(as_json: Json = False) -> None:
    """Each setting with its value and where it comes from."""
    listed = load_settings().listed
    if as_json:
        show([{"name": s.name, "value": s.value, "source": s.source, "about": s.about} for s in listed])
        return
    for s in listed:
        print(f"{s.name}={s.value}\t({s.source})\t{s.about}")


@site.command("load", epilog="Example: mumian site load home.json --dry-run")
def site_load(
    file: Annotated[Path, typer.Argument(help="SITE.json, see docs/site.md.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and say what would change; change nothing.")
    ] = False,
) -> None:
    """Load places, people, staff, shifts, devices; idempotent by id. New devices' credentials are printed once."""
    from mumian.cli.site_file import load

    with open_store() as store:
        result, said = load(store, file, dry_run)
    for line in said:
        say(line)
    show(result)


@site.command("export", epilog="Example: mumian site export > home.json")
def site_export() -> None:
    """Print the whole home as SITE.json, without credentials."""
    from mumian.core.registry import site as registry_site

    with open_store() as store:
        show(registry_site.export(store))


@app.command(epilog="Example: mumian token nurse --staff n1")
def token(
    role: Annotated[str, typer.Argument(help="admin, director, nurse, caregiver, auditor or gateway.")],
    staff: Annotated[str | None, typer.Option(help="The member of staff it acts for.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is valid.")] = 90,
) -> None:
    """Print a bearer token for scripts: `Authorization: Bearer …`."""
    from mumian.core.identity import tokens

    with open_store() as store:
        made = tokens.issue(store, role, staff, days=days)
    print(made)


@device.command("add", epilog="Example: mumian device add band B-0312 --person p312 --json")
def device_add(
    kind: Annotated[str, typer.Argument(help="band, watch, button, motion, door or bed.")],
    id: Annotated[
        str, typer.Argument(help="The device's id: its MQTT user name, or the id in a watch's frames.")
    ],
    person: Annotated[str | None, typer.Option(help="Who wears it from now on.")] = None,
    place: Annotated[str | None, typer.Option(help="Where it stands.")] = None,
    origin: Annotated[str, typer.Option(help="field, replay or simulation.")] = "field",
    as_json: Json = False,
) -> None:
    """Register a device; its MQTT user, password and topics are printed once."""
    from mumian.cli.site_file import add_device

    with open_store() as store:
        made, warning = add_device(store, kind, id, person, place, origin)
    if warning:
        say(f"Note: {warning}")
    if as_json:
        show(made)
        return
    print(f"user      {made['user']}\npassword  {made['password']}\ntopics    {', '.join(made['topics'])}")


@account.command("add", epilog="Example: mumian account add nurse.li --role nurse --staff n1")
def account_add(
    user: str,
    role: Annotated[str, typer.Option(help="admin, director, nurse, caregiver or auditor.")],
    staff: Annotated[str | None, typer.Option(help="The member of staff who signs in.")] = None,
) -> None:
    """Make an account; asks for the password, or reads it from stdin when that is no terminal."""
    from mumian.core.identity import accounts
    from mumian.core.kernel.ids import StaffId

    word = (
        typer.prompt("Password", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    )
    with open_store() as store, store.tx() as cur:
        accounts.add(cur, user, word, role, StaffId(staff) if staff else None)
    say(f"account {user} made")


@app.command("import", epilog="Example: mumian import vitals-2026-10.csv")
def import_observations(
    file: Annotated[
        Path,
        typer.Argument(help="CSV or Parquet: device, seq, time and a column a quantity, or quantity, value."),
    ],
) -> None:
    """Send a file of observations to the running service; prints what was accepted, duplicate and quarantined."""
    from mumian.cli.importing import send

    with open_store() as store:
        show(send(store, file))


@app.command(epilog="Example: mumian alarms --json")
def alarms(as_json: Json = False) -> None:
    """All alarms, in all states, newest first."""
    from mumian.cli.reading import all_alarms

    with open_store() as store:
        listed = all_alarms(store)
    if as_json:
        show(listed)
        return
    for a in listed:
        print(
            f"{a['raised_at']}  {a['priority']:<6}  {a['state']:<12}  {a['kind']:<12}  {a['person'] or '-':<12}  {a['reason']['zh']}"
        )


@app.command(epilog="Example: mumian indicators --json")
def indicators(as_json: Json = False) -> None:
    """The plan's indicators, computed from sealed evidence: value, n, bounds, method, origin, verdict."""
    from mumian.cli.reading import all_figures

    with open_store() as store:
        listed = all_figures(store)
    if as_json:
        show(listed)
        return
    for f in listed:
        value = "-" if f["value"] is None else f"{f['value']:.4g}"
        print(
            f"{f['clause']:<10} {f['id']:<40} {f['origin']:<10} {value:>10}  n={f['n'] or 0:<8.6g} {f['verdict']}"
        )


@app.command(epilog="Example: mumian seal")
def seal(as_json: Json = False) -> None:
    """Close the open segments now."""
    from mumian.cli.reading import seal_now

    with open_store() as store:
        sealed = seal_now(store)
    if as_json:
        show(sealed)
    else:
        print(f"{len(sealed)} segments sealed")


@app.command(epilog="Example: mumian verify --json")
def verify(as_json: Json = False) -> None:
    """Check every sealed segment, object and signed figure; exit 1 names the file and the first damaged 64 KiB block."""
    from mumian.cli.reading import told, verify_all

    with open_store() as store:
        report = verify_all(store)
    if as_json:
        show(report)
    else:
        print("\n".join(told(report)))
    raise typer.Exit(0 if report["whole"] else 1)


@app.command(epilog="Example: mumian recompute figure.json")
def recompute(
    file: Annotated[Path, typer.Argument(help="A figure exported from the board.")], as_json: Json = False
) -> None:
    """Compute a figure again from the sealed segments alone; exit 1 when a segment is missing, changed, or digits differ."""
    from mumian.cli.reading import recompute_figure

    same, result = recompute_figure(load_settings(), file)
    show(result) if as_json else print(result["said"])
    raise typer.Exit(0 if same else 1)


@app.command(epilog="Example: mumian backup /media/usb/home.tar")
def backup(file: Path) -> None:
    """Write database, segments, objects and keys into one file while the home runs."""
    from mumian.core.store import archive

    with open_store() as store:
        archive.backup(store, file)
    say(f"written: {file}")


@app.command(epilog="Example: MUMIAN_HOME=./var2 mumian restore /media/usb/home.tar")
def restore(file: Path) -> None:
    """Read a backup into an empty home and verify it."""
    from mumian.cli.reading import restore_home, told

    report = restore_home(load_settings(), file)
    say("\n".join(["restored", *told(report)]))
    raise typer.Exit(0 if report["whole"] else 1)


@app.command(epilog="Example: mumian cert home.lan 192.168.1.10")
def cert(
    names: Annotated[
        list[str] | None, typer.Argument(help="Host names and addresses phones will use.")
    ] = None,
) -> None:
    """Make a local TLS certificate for `up --host`; phones trust it once it is installed there."""
    from mumian.service import tls

    certificate, _ = tls.make(load_settings().home, names or [])
    print(certificate)


@app.command(epilog="Example: mumian check")
def check(as_json: Json = False) -> None:
    """Whether every house has its parts, manifest and code agree, and docs name every setting, command and indicator."""
    from mumian.cli.checking import faults

    found = faults(app)
    show(found) if as_json else [print(line) for line in found]
    say("all in order" if not found else f"{len(found)} faults")
    raise typer.Exit(1 if found else 0)


def _add_scenarios() -> None:
    """Each house brings its own commands. What stands behind them is imported when one of them runs."""
    from importlib import import_module

    from mumian.scenarios import NAMES

    for house in NAMES:
        app.add_typer(import_module(f"mumian.scenarios.{house}.cli").app, name=house)


_add_scenarios()
