"""Commands that read a home: alarms, figures, sealing, verification. They work beside a running service or without one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mumian.core.kernel.settings import Settings
    from mumian.core.store import Store


def all_alarms(store: Store) -> list[dict[str, Any]]:
    """Every alarm with its pages, newest first."""
    from mumian.core.act import pages
    from mumian.core.decide import alarms
    from mumian.core.identity import gate

    return pages.with_pages(store, alarms.read(store, gate.system_scope(store, "care"), "all"))


def seal_now(store: Store) -> list[dict[str, Any]]:
    """Journal the exposure so far and close all open segments."""
    from mumian.core import registry
    from mumian.core.observe import exposure
    from mumian.core.store import telemetry

    origins = {str(id): device.origin for id, device in registry.snapshot(store).devices.items()}
    exposure.journal(store, origins, store.clock.now_us() + exposure.HOUR_US)
    return [
        {"path": s.path, "kind": s.kind, "sha256": s.sha256, "rows": s.rows}
        for s in telemetry.seal(store, force=True, origins=origins)
    ]


def all_figures(store: Store) -> list[dict[str, Any]]:
    """Seal, compute the indicators of the houses that this home runs, and list them."""
    from mumian import scenarios
    from mumian.core.kernel import settings
    from mumian.core.prove import figures

    seal_now(store)
    houses = scenarios.of(settings.load().houses)
    figures.compute(store, store.clock, [i for house in houses for i in house.indicators])
    return figures.current(store)


def verify_all(store: Store) -> dict[str, Any]:
    """Segments, objects, ledger, signed heads and figures; `whole` is the verdict, `faults` say what is not."""
    from mumian import scenarios
    from mumian.core.prove import verify

    _ = scenarios.ALL  # the houses register their indicators
    return verify.as_json(verify.verify(store))


def told(report: dict[str, Any]) -> list[str]:
    """The report for people, one line each."""
    lines = [
        f"{f['file']}: {f['what']}"
        + (f", first damaged 64 KiB block at byte {f['offset']}" if f.get("offset") is not None else "")
        for f in report["faults"]
    ]
    return [*lines, f"{report['checked']} checked: {'whole' if report['whole'] else 'damaged'}"]


def recompute_figure(settings: Settings, file: Path) -> tuple[bool, dict[str, Any]]:
    """(same digits?, the figure with a sentence `said`)."""
    from mumian import scenarios
    from mumian.core.kernel.errors import BadInput, MumianError
    from mumian.core.prove import export

    _ = scenarios.ALL  # the houses register their indicators
    try:
        figure = export.recompute(file, settings.home)
    except BadInput:
        raise
    except MumianError as error:
        return False, {"same": False, "said": error.say("en"), **error.facts}
    value = {
        "id": figure.id,
        "origin": figure.origin,
        "value": figure.value,
        "n": figure.n,
        "lower": figure.lower,
        "upper": figure.upper,
    }
    return True, {
        "same": True,
        "said": f"same digits: {figure.id} {figure.origin} {figure.value} (n={figure.n or 0:.6g})",
        **value,
    }


def restore_home(settings: Settings, file: Path) -> dict[str, Any]:
    """Unpack into the empty home, then verify."""
    from mumian.core.store import archive, open_home

    archive.restore(file, settings.home, settings.dsn)
    with open_home(settings) as store:
        return verify_all(store)
