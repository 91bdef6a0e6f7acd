"""`import`: a file of observations to the running service, through the same door as every gateway's batches."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from mumian.core.store import Store

AT_ONCE = 5000
BYTES_MAX = 6 * 1024 * 1024  # the service takes 8 MiB a call
TRIES = 10
QUIET_S = 5.0  # what takes longer shows how far it is


def send(store: Store, file: Path) -> dict[str, Any]:
    """Send the whole file; `quarantined` names each refused observation by its place in the file, from 0."""
    from mumian.core.identity import tokens
    from mumian.core.observe import files

    address = _address(store.home)
    rows = files.read(file)
    token = tokens.issue(store, "gateway", days=1)
    total: dict[str, Any] = {"accepted": 0, "duplicate": 0, "quarantined": []}
    try:
        with _client(address, token) as client, _progress(files.size(file)) as at:
            done = 0
            while batch := list(islice(rows, AT_ONCE)):
                for part in _parts(batch):
                    _add(total, _post(client, part), done)
                    done += len(part)
                at(done)
    finally:
        tokens.revoke(store, token)
    return total


def _address(home: Path) -> dict[str, Any]:
    from mumian.core.store.postgres import service_pid
    from mumian.service.up import ADDRESS

    if service_pid(home) is not None:
        try:
            return dict(json.loads((home / ADDRESS).read_text("utf-8")))
        except (OSError, ValueError):
            raise BadInput(
                detail=f"the service of {home} is not ready yet: try again in some seconds"
            ) from None
    raise BadInput(detail=f"no service runs in {home}: start it with `mumian up` and import then")


def _client(address: dict[str, Any], token: str) -> httpx.Client:
    import httpx

    trust = ssl.create_default_context(cafile=address["certificate"]) if "certificate" in address else True
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=address["url"], headers=headers, verify=trust, timeout=60, trust_env=False)


def _parts(batch: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """`batch` in bodies that the service takes."""
    if len(batch) > 1 and len(json.dumps(batch)) > BYTES_MAX:
        half = len(batch) // 2
        yield from _parts(batch[:half])
        yield from _parts(batch[half:])
    else:
        yield batch


def _post(client: httpx.Client, part: list[dict[str, Any]]) -> dict[str, Any]:
    """Send one body until it is durable; what was stored already comes back as duplicate."""
    import httpx

    said = ""
    for attempt in range(TRIES):
        try:
            answer = client.post("/api/ingest/observations", content=json.dumps({"observations": part}))
        except httpx.TransportError as error:
            said = str(error)
        else:
            if answer.is_success:
                return dict(answer.json())
            said = (
                answer.json().get("detail", answer.text)
                if "json" in answer.headers.get("content-type", "")
                else answer.text
            )
            if answer.status_code != 503:
                raise BadInput(detail=f"the service refused the batch ({answer.status_code}): {said}")
        time.sleep(min(2.0**attempt / 4, 5.0))
    raise Unavailable(part="ingest", detail=f"{said}; what was sent is kept, import the file again later")


def _add(total: dict[str, Any], said: dict[str, Any], before: int) -> None:
    total["accepted"] += said["accepted"]
    total["duplicate"] += said["duplicate"]
    total["quarantined"] += [{**row, "index": row["index"] + before} for row in said["quarantined"]]


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr for what takes longer than `QUIET_S`."""
    from rich.console import Console
    from rich.progress import Progress

    began = time.monotonic()
    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("import", total=total or None)

    def at(done: int) -> None:
        if time.monotonic() - began > QUIET_S:
            bar.start()
        bar.update(task, completed=done)

    try:
        yield at
    finally:
        bar.stop()
