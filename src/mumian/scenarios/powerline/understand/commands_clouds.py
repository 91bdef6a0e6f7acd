"""`mumian powerline wires` and `clearance`: files in, files out; no service, home or database."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mumian.core.kernel import files
from mumian.core.kernel.errors import BadInput

SCAN_TEMPERATURE_C = 15.0  # of the conductor, where nobody told
_WORTH_A_BAR = 5_000_000  # rows: some five seconds


def wires(cloud: Path, out: Path) -> None:
    """Write the conductors of a cloud (LAS, LAZ, Parquet) to `out` as JSON. A failed run leaves an earlier `out` as it was.

    The errors are BadInput: not a cloud, cut short, damaged, without columns, without points, no folder to write into.
    """
    from mumian.scenarios.powerline.understand import clouds
    from mumian.scenarios.powerline.understand.wires.report import report

    files.writable(out)
    with _bar(clouds.size(cloud), cloud.name) as on_rows:
        read = clouds.read_cloud(cloud, on_rows)
    files.write_json(out, report(read))


def clearance(
    tile: Path,
    line: Path,
    rules: str,
    out: Path,
    scan_temperature_c: float = SCAN_TEMPERATURE_C,
    crs: str | None = None,
) -> None:
    """Write to `out` what comes nearer to the line's conductors than the rules allow, and every span's least distances.

    `rules` names a shipped pack or a .toml file; `crs` (EPSG:…) overrides what the tile states. Errors as in `wires`, and for a line
    that is elsewhere, rules that are none, and a tile without conductors.
    """
    from mumian.scenarios.powerline.observe.lines import read
    from mumian.scenarios.powerline.understand import clouds
    from mumian.scenarios.powerline.understand.clearance.pack import load
    from mumian.scenarios.powerline.understand.clearance.report import report, strays_said
    from mumian.scenarios.powerline.understand.clearance.run import assess

    files.writable(out)
    if not -60 <= scan_temperature_c <= 120:
        raise BadInput(detail=f"a conductor of {scan_temperature_c!r} °C: -60 to 120 is meant")
    along = read(line)
    pack = load(rules, along.voltage_kv)
    with _bar(clouds.size(tile), tile.name) as on_rows:
        made = assess(tile, along, pack, scan_temperature_c, crs, on_rows)
    files.write_json(out, report(made, along, pack, scan_temperature_c))
    for said in strays_said(made):
        sys.stderr.write(said + "\n")


@contextmanager
def _bar(rows: int, what: str) -> Iterator[Callable[[int], None]]:
    """Counts rows read on a progress bar on stderr, where there are enough to wait for."""
    if rows < _WORTH_A_BAR:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    # A stderr of its own: the decoder's is closed while it works.
    with os.fdopen(os.dup(2), "w") as stderr, Progress(console=Console(file=stderr)) as progress:
        task = progress.add_task(what, total=rows)
        yield lambda read: progress.advance(task, read)
