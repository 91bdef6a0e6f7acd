"""A checkout of its own for each test of the scaffold: it writes into the repository, so it gets a copy of ours."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("src", "tests", "docs", "scripts")
BESIDE = (".importlinter", "LICENSE", "Makefile")
BIN = Path(sys.executable).parent
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "out", "var")


class Checkout:
    """A copy of this repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for part in PARTS:
            shutil.copytree(ROOT / part, root / part, ignore=LEFT_OUT)
        for file in (*ROOT.glob("*.toml"), *ROOT.glob("*.md"), *(ROOT / name for name in BESIDE)):
            shutil.copy2(file, root)
        if (ROOT / "node_modules").is_dir():
            (root / "node_modules").symlink_to(ROOT / "node_modules")

    def scaffold(self) -> ModuleType:
        """The copy's own new_scenario.py."""
        spec = importlib.util.spec_from_file_location("new_scenario", self.root / "scripts/new_scenario.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their module up
        spec.loader.exec_module(module)
        return module

    def files(self) -> dict[str, bytes]:
        """Every file of the copy's sources, tests and documents."""
        found = (f for part in PARTS for f in (self.root / part).rglob("*"))
        return {
            str(f.relative_to(self.root)): f.read_bytes()
            for f in found
            if f.is_file() and "__pycache__" not in f.parts
        }

    def run(self, *words: str, seconds: float = 300, fine: tuple[int, ...] = (0,)) -> str:
        """A program in the copy, which must succeed; returns what it printed. `python` and what stands beside it are ours."""
        program = sys.executable if words[0] == "python" else str(BIN / words[0])
        done = subprocess.run(
            [program, *words[1:]], check=False, cwd=self.root, capture_output=True, text=True, timeout=seconds,
            env={**os.environ, "PYTHONPATH": str(self.root / "src"), "LANG": "C.UTF-8"},
        )  # fmt: skip
        assert done.returncode in fine, f"{' '.join(words)}:\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def lint(self, name: str) -> None:
        """What `make lint` and `mumian check` ask of one house, but for types."""
        paths = [
            f"src/mumian/scenarios/{name}",
            f"tests/scenarios/{name}",
            "src/mumian/scenarios/__init__.py",
            "docs",
        ]
        self.run("ruff", "check", "--no-cache", *paths)
        self.run("ruff", "format", "--check", "--no-cache", *paths)
        self.run("lint-imports", "--no-cache", "--no-logo")
        faults = json.loads(self.run("python", "-m", "mumian", "check", "--json", fine=(0, 1)))
        assert [fault for fault in faults if name in fault] == []

    def test(self, *words: str) -> str:
        """pytest over `words`."""
        base = self.root.parent / "nested"
        return self.run(
            "python",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--basetemp={base}",
            *words,
            seconds=1500,
        )

    def apply(self, guide: str) -> list[str]:
        """Do what the blocks of docs/adding-a-scenario.md say; returns the files they name."""
        steps = STEP.findall(guide)
        for path, how, what, block in steps:
            file = self.root / path
            before = file.read_text("utf-8") if file.exists() else ""
            file.write_text(_step(before, how, what, block), "utf-8")
        return [path for path, *_ in steps]


# `path`:   `path`, at the end:   `path`, in place of `text`:   `path`, as a row of the table `head`:
STEP = re.compile(
    r"^`([^`\n]+)`(?:, (at the end|in place of|as a row of the table)(?: `([^\n]+)`)?)?:\n\n```\w+\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def _step(before: str, how: str, what: str, block: str) -> str:
    if not how:
        return block
    if how == "at the end":
        return before + block
    assert before.count(f"{what}\n") == 1, f"{what!r} stands {before.count(what)} times"
    if how == "in place of":
        return before.replace(what, block.rstrip("\n"))
    head, rows = before.split(f"{what}\n")
    rule, rest = rows.split("\n", 1)
    return f"{head}{what}\n{rule}\n{block}{rest}"
