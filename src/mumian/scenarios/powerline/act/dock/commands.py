"""`mumian powerline dock`: a dock's address and a wish in; its state and an exit code out."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from mumian.core.kernel.errors import BadInput, MumianError
from mumian.scenarios.powerline.act.dock.client import DockClient
from mumian.scenarios.powerline.act.dock.doing import LOOK_S, Done, cycle, pursue
from mumian.scenarios.powerline.act.flight.record import Journal
from mumian.scenarios.powerline.decide.dock.next_order import charge_to_percent


def dock(
    url: str,
    sn: str,
    do: str,
    journal: Path | None,
    next_flight_h: float | None,
    timeout_s: float,
    *,
    as_json: bool,
) -> None:
    """Exit 0 where the wish was met, 1 where an interlock, the dock or time said no, 2 (BadInput) for what cannot be asked."""
    client = DockClient(url, sn, Journal(journal or Path(f"{sn}.dock.jsonl")))
    try:
        client.start()
        done = _do(client, do, charge_to_percent(next_flight_h), timeout_s)
    except BadInput:
        raise
    except MumianError as refused:
        _tell(
            {"sn": sn, "do": do, "outcome": "refused", "code": refused.code, "why": refused.say("en")},
            as_json=as_json,
        )
        raise typer.Exit(1) from None
    finally:
        client.stop()
    state: dict[str, Any] = {**asdict(done.dock), "faults": sorted(done.dock.faults)}
    _tell({"sn": sn, "do": do, "outcome": "done", "orders": done.orders, "dock": state}, as_json=as_json)


def _do(client: DockClient, do: str, limit_percent: float, timeout_s: float) -> Done:
    if do == "look":
        return Done(client.look(LOOK_S))
    if do == "cycle":
        return cycle(client, limit_percent, timeout_s)
    if do in ("open", "close", "charge"):
        return pursue(client, do, limit_percent, timeout_s)  # type: ignore[arg-type]  # narrowed by the tuple
    client.look(LOOK_S)
    client.order(do)
    return Done(client.look(LOOK_S), [do])


def _tell(said: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(said, ensure_ascii=False))
        return
    for name, value in said.items():
        print(f"{name}: {value}")
