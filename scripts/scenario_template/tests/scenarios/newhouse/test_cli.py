"""The commands: each says what it does with an example, and naming the house costs no heavy import."""

from __future__ import annotations

import subprocess
import sys

from mumian.cli.app import app as mumian
from mumian.scenarios.newhouse.cli import app

HEAVY = ("duckdb", "numpy", "onnxruntime", "psycopg", "pyarrow", "scipy", "torch")


def test_mumian_knows_the_house() -> None:
    assert "newhouse" in {group.name for group in mumian.registered_groups}


def test_each_command_says_what_it_does_and_shows_an_example() -> None:
    for command in app.registered_commands:
        assert command.callback is not None and command.callback.__doc__
        assert command.epilog and command.epilog.startswith("Example: mumian newhouse ")


def test_the_commands_import_nothing_heavy() -> None:
    code = "import sys, mumian.scenarios.newhouse.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert set(loaded.split()) & set(HEAVY) == set()
