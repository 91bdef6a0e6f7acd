"""The house's public commands. File commands import only what they need, so they start within a second."""

from __future__ import annotations

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="New house.",
)
