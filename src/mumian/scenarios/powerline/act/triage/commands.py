"""`mumian powerline inspect`: photographs of a flight into this home, judged and reduced."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mumian.core.kernel import settings


def inspect(images: Path, line: str, origin: str, model: str | None) -> dict[str, Any]:
    """Judge the photographs below `images` and put what was seen before the reviewers of this home."""
    from rich.console import Console
    from rich.progress import Progress

    from mumian.core.store import open_home
    from mumian.scenarios.powerline.act.triage.inspect import inspect as judge
    from mumian.scenarios.powerline.understand.eyes import pictures

    total = len(pictures.photographs(images))
    with (
        open_home(settings.load()) as store,
        Progress(console=Console(file=sys.stderr), disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task("inspect", total=total)
        return judge(store, images, line, origin, model, lambda: bar.advance(task))
